// The conventions of CONTRIBUTING.md, held by a test: each check is first shown a bad sample that
// it must report and a good one that it must pass, and then the whole tree.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/places.h"
#include "tests/tidy/checks.h"
#include "tests/tidy/retired_words.h"
#include "tests/tidy/rooms.h"
#include "tests/tidy/source_text.h"

namespace freshet::tidy {
namespace {

namespace fs = std::filesystem;

std::string from_root(const std::string& path) {
    return support::source_folder() + "/" + path;
}

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The files of the tree with one of these endings, by path.
std::vector<SourceFile> files_ending_in(const std::set<std::string>& endings) {
    static const std::set<std::string> left_out = {".git", "build", "data", ".cache",
                                                   "node_modules"};
    std::vector<SourceFile> files;
    const fs::path root = support::source_folder();
    for (auto at = fs::recursive_directory_iterator(root); at != fs::end(at); ++at) {
        if (left_out.contains(at->path().filename())) at.disable_recursion_pending();
        if (!at->is_regular_file() || !endings.contains(at->path().extension())) continue;
        files.push_back({at->path().lexically_relative(root), read_file(at->path())});
    }
    std::sort(files.begin(), files.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    return files;
}

const std::vector<SourceFile>& sources() {
    static const std::vector<SourceFile> files = files_ending_in({".h", ".cc"});
    return files;
}

bool exists_in_tree(std::string_view path) {
    return fs::exists(from_root(std::string(path)));
}

using Check = Complaints (*)(const SourceFile&);

std::string complaints_about_tree(Check check) {
    std::ostringstream all;
    for (const SourceFile& file : sources()) {
        for (const std::string& line : check(file)) all << line << '\n';
    }
    return all.str();
}

std::string_view layer_of(std::string_view path) {
    return path.substr(0, path.find('/'));
}

std::size_t count(const Complaints& complaints) {
    return complaints.size();
}

TEST(SplitSource, SeparatesCodeCommentsAndLiterals) {
    const SourceParts parts = split_source(
        "int a = 1'000;  // a /* remark\n"
        "auto s = \"// no { remark\";\n"
        "char q = '\\'', b = '{'; /* two\nlines */ int c;\n");

    EXPECT_EQ(lines_of(parts.code).at(0), "int a = 1'000;" + std::string(16, ' '));
    EXPECT_EQ(parts.code.find('{'), std::string::npos);
    EXPECT_NE(parts.code.find("int c;"), std::string::npos);
    EXPECT_NE(parts.comments.find("a /* remark"), std::string::npos);
    EXPECT_EQ(parts.comments.find("no { remark"), std::string::npos);
    EXPECT_EQ(lines_of(parts.code).size(), 4U);
}

TEST(SplitSource, LeavesOutTheInsideOfRawStrings) {
    const SourceParts parts = split_source("auto s = R\"x(one)\"{\ntwo)x\"; int c;");

    EXPECT_EQ(parts.unquoted, "auto s = R\"x(\n)x\"; int c;");
    EXPECT_EQ(parts.code.find('{'), std::string::npos);
    EXPECT_NE(parts.code.find("int c;"), std::string::npos);
}

TEST(IncludeDirection, ReportsWhatTurnsBackFromLayerToLayer) {
    const std::string text = "#include \"http/serving/server.h\"\n#include <string>\n";

    EXPECT_EQ(check_include_direction({"engine/engine.cc", text}),
              Complaints{"engine/engine.cc:1: includes upwards: http/serving/server.h"});
    EXPECT_EQ(count(check_include_direction({"storage/item.cc", text})), 1U);
    EXPECT_EQ(count(check_include_direction({"http/serving/worker.cc", text})), 0U);
    EXPECT_EQ(count(check_include_direction({"tools/freshet.cc", text})), 0U);
    EXPECT_EQ(count(check_include_direction({"tests/http/serving/server_test.cc", text})), 0U);
}

TEST(IncludeDirection, ReportsWhatTurnsBackFromRoomToRoom) {
    const std::string text = "#include \"engine/folding/projector.h\"\n";

    EXPECT_EQ(check_include_direction({"engine/values/decimal.cc", text}),
              Complaints{"engine/values/decimal.cc:1: includes upwards: "
                         "engine/folding/projector.h"});
    EXPECT_EQ(count(check_include_direction({"engine/records/change_batch.h", text})), 1U);
    EXPECT_EQ(count(check_include_direction({"engine/version.cc", text})), 1U);
    EXPECT_EQ(count(check_include_direction({"engine/folding/log_fold.cc", text})), 0U);
    EXPECT_EQ(count(check_include_direction({"engine/sequencing/sequencer.cc", text})), 0U);
    EXPECT_EQ(count(check_include_direction({"engine/engine.cc", text})), 0U);
}

TEST(IncludeDirection, ReportsAHeaderOfAnotherLayerThatIsNoDoor) {
    const std::string inside = "#include \"engine/folding/projector.h\"\n";
    const std::string door = "#include \"engine/engine.h\"\n";

    EXPECT_EQ(check_include_direction({"http/routes/item_routes.cc", inside}),
              Complaints{"http/routes/item_routes.cc:1: includes what is no door of its layer: "
                         "engine/folding/projector.h"});
    EXPECT_EQ(count(check_include_direction({"tools/freshet.cc", inside})), 1U);
    EXPECT_EQ(count(check_include_direction({"http/routes/item_routes.cc", door})), 0U);
    EXPECT_EQ(count(check_include_direction({"tests/engine/folding/projector_test.cc", inside})),
              0U);
}

TEST(IncludeDirection, ReportsTheInsideOfStorage) {
    const std::string text = "#include \"storage/internal/rocks.h\"\n";

    EXPECT_EQ(count(check_include_direction({"engine/engine.cc", text})), 1U);
    EXPECT_EQ(count(check_include_direction({"storage/item.cc", text})), 0U);
    EXPECT_EQ(count(check_include_direction({"tests/storage/rocks_test.cc", text})), 0U);
}

TEST(IncludeDirection, ReportsTestsSeenByTheProductAndPathsNotFromTheRoot) {
    EXPECT_EQ(count(check_include_direction(
                  {"http/serving/server.cc", "#include \"tests/support/must.h\"\n"})),
              1U);
    EXPECT_EQ(count(check_include_direction({"http/serving/server.cc", "#include \"answer.h\"\n"})),
              1U);
}

TEST(IncludeDirection, HoldsInTheTree) {
    EXPECT_EQ(complaints_about_tree(check_include_direction), "");
}

TEST(Rooms, ReportASourceThatIsInNone) {
    EXPECT_EQ(count(check_room({"engine/stray.cc", ""})), 1U);
    EXPECT_EQ(count(check_room({"http/internal/stray.h", ""})), 1U);
    EXPECT_EQ(count(check_room({"engine/values/decimal.cc", ""})), 0U);
    EXPECT_EQ(count(check_room({"tests/support/must.h", ""})), 0U);
}

TEST(Rooms, HoldTheWholeProduct) {
    EXPECT_EQ(complaints_about_tree(check_room), "");
}

TEST(Rooms, HaveDoorsThatAreUsed) {
    for (const std::string_view door : doors()) {
        const bool is_used =
            std::any_of(sources().begin(), sources().end(), [&](const SourceFile& file) {
                return !file.path.starts_with("tests/") && layer_of(file.path) != layer_of(door) &&
                       file.text.find("#include \"" + std::string(door) + "\"") !=
                           std::string::npos;
            });
        EXPECT_TRUE(is_used) << door << " is a door that no other layer uses";
    }
}

TEST(LibraryHeaders, ReportsALibraryOutsideOfItsWrapper) {
    struct Sample {
        std::string include, wrong, right;
    };
    const std::vector<Sample> samples = {
        {"rocksdb/db.h", "storage/change_log.h", "storage/change_log.cc"},
        {"rocksdb/db.h", "engine/engine.cc", "storage/internal/rocks.h"},
        {"storage/schema_generated.h", "storage/internal/bytes.h", "storage/record.cc"},
        {"storage/schema_generated.h", "tests/storage/record_test.cc", "storage/item.cc"},
        {"flatbuffers/flatbuffers.h", "engine/text/json.cc", "storage/internal/bytes.h"},
        {"boost/asio.hpp", "http/serving/server.h", "http/serving/server.cc"},
        {"boost/beast.hpp", "engine/engine.cc", "http/serving/connection.h"},
        {"prometheus/counter.h", "engine/sequencing/sequencer.cc", "engine/observing/metrics.cc"},
        {"prometheus/gauge.h", "http/observing/http_metrics.h", "http/observing/http_metrics.cc"},
        {"spdlog/spdlog.h", "storage/watermark.cc", "tools/freshet.cc"},
        {"simdjson.h", "engine/records/dynamodb_json.cc", "engine/text/json.cc"},
        {"toml++/toml.h", "engine/catalog/catalog.cc", "engine/config/config.cc"},
        {"CLI/CLI.hpp", "http/serving/server.cc", "tools/serve.cc"},
        {"zlib.h", "tools/append_command.cc", "tools/line_source.cc"},
        {"zlib.h", "http/messages/answer.cc", "http/messages/body_decoder.cc"},
        {"zstd.h", "tools/line_source.cc", "http/messages/body_decoder.cc"},
    };
    for (const Sample& sample : samples) {
        const std::string text = "#include <" + sample.include + ">\n";

        EXPECT_EQ(count(check_library_headers({sample.wrong, text})), 1U) << sample.wrong;
        EXPECT_EQ(count(check_library_headers({sample.right, text})), 0U) << sample.right;
    }
}

TEST(LibraryHeaders, HoldsInTheTree) {
    EXPECT_EQ(complaints_about_tree(check_library_headers), "");
}

TEST(UsingNamespace, ReportsItAtTheScopeOfTheFile) {
    const SourceFile bad = {"engine/a.cc",
                            "#include <string>\n"
                            "using namespace std;\n"
                            "namespace freshet {\n"
                            "namespace {\n"
                            "using  namespace std::literals;\n"
                            "}\n}\n"};

    EXPECT_EQ(check_using_namespace(bad),
              (Complaints{"engine/a.cc:2: `using namespace` at the scope of the file",
                          "engine/a.cc:5: `using namespace` at the scope of the file"}));
}

TEST(UsingNamespace, PassesItInsideAFunction) {
    const std::string text =
        "namespace freshet {\n"
        "// using namespace std;\n"
        "void wait() {\n    using namespace std::chrono_literals;\n}\n"
        "}\n";

    EXPECT_EQ(count(check_using_namespace({"engine/a.cc", text})), 0U);
}

TEST(UsingNamespace, HoldsInTheTree) {
    EXPECT_EQ(complaints_about_tree(check_using_namespace), "");
}

TEST(LambdaCoroutines, ReportsThem) {
    const std::vector<std::string> bad = {
        "co_spawn(ex, [this]() -> awaitable<void> { return serve(); }, done);",
        "co_spawn(ex, [self]() -> Awaitable<void> { return self->serve(); }, done);",
        "co_spawn(ex, [&] { co_await timer.async_wait(); }, done);",
        "auto f = [x]() mutable -> boost::asio::awaitable<int> {\n  co_return x;\n};",
        "return [=](int a) noexcept { if (a) { co_yield a; } };",
        "run([] { call([y] { co_return; }); });",
    };
    for (const std::string& text : bad) {
        EXPECT_GE(count(check_lambda_coroutines({"http/serving/server.cc", text})), 1U) << text;
    }
}

TEST(LambdaCoroutines, PassesPlainLambdasAndNamedCoroutines) {
    const std::vector<std::string> good = {
        "co_spawn(ex, serve(std::move(peer)), [](std::exception_ptr e) { report(e); });",
        "awaitable<void> serve(Peer peer) { co_await read(peer, buffer[0]); }",
        "awaitable<void> f() { const auto& [a, b] = pair; { co_await g(a, b); } }",
        "[[nodiscard]] awaitable<void> f() { co_return; }",
        "awaitable<void> f() { int a[3]; co_await g([&a] { return a[0]; }); }",
        "// [x] { co_await y; }\n",
    };
    for (const std::string& text : good) {
        EXPECT_EQ(count(check_lambda_coroutines({"http/serving/server.cc", text})), 0U) << text;
    }
}

TEST(LambdaCoroutines, HoldsInTheTree) {
    EXPECT_EQ(complaints_about_tree(check_lambda_coroutines), "");
}

TEST(LeftOverMarks, ReportsThoseWithoutAKind) {
    const SourceFile file = {"engine/a.cc",
                             "// FIXME: wrong\n"
                             "int a;  // TODO later\n"
                             "// TODO(): what kind\n"
                             "// TODO(perf): copies twice\n"
                             "auto s = \"FIXME\";\n"};

    EXPECT_EQ(check_left_over_marks(file),
              (Complaints{"engine/a.cc:1: a left-over mark without a kind",
                          "engine/a.cc:2: a left-over mark without a kind",
                          "engine/a.cc:3: a left-over mark without a kind"}));
}

TEST(LeftOverMarks, HoldsInTheTree) {
    EXPECT_EQ(complaints_about_tree(check_left_over_marks), "");
}

TEST(Lines, ReportsTabsTrailingBlanksAndLongLines) {
    const std::string long_line(columns_max + 1, 'x');
    std::string umlauts;
    for (std::size_t i = 0; i < columns_max; ++i) umlauts += "\u00e4";

    EXPECT_EQ(count(check_lines({"engine/a.h", "\tint a;\n"})), 1U);
    EXPECT_EQ(count(check_lines({"engine/a.h", "int a; \n"})), 1U);
    EXPECT_EQ(count(check_lines({"engine/a.h", long_line + "\n"})), 1U);
    EXPECT_EQ(count(check_lines({"engine/a.h", long_line.substr(1) + "\n"})), 0U);
    EXPECT_EQ(count(check_lines({"engine/a.h", umlauts + "\n"})), 0U);
}

TEST(Lines, PassesTheDataInRawStrings) {
    const std::string data = "R\"(" + std::string(2 * columns_max, 'x') + " \n\t)\"";

    EXPECT_EQ(count(check_lines({"tests/a_test.cc", "auto s = " + data + ";\n"})), 0U);
}

TEST(Lines, HoldsInTheTree) {
    EXPECT_EQ(complaints_about_tree(check_lines), "");
}

TEST(HeaderForm, ReportsAHeaderWithoutItsFirstWordsOrItsGuard) {
    EXPECT_EQ(count(check_header_form({"engine/a.h", "#pragma once\nint a();\n"})), 1U);
    EXPECT_EQ(count(check_header_form({"engine/a.h", "// What a is.\nint a();\n"})), 1U);
    EXPECT_EQ(count(check_header_form({"engine/a.h", "// What a is.\n#pragma once\n"})), 0U);
    EXPECT_EQ(count(check_header_form({"engine/a.cc", "int a() { return 1; }\n"})), 0U);
}

TEST(HeaderForm, HoldsInTheTree) {
    EXPECT_EQ(complaints_about_tree(check_header_form), "");
}

TEST(NamedPaths, ReportsPathsThatAreNotThere) {
    const auto exists = [](std::string_view path) {
        return path == "engine/engine.h" || path == "engine/README.md" || path == "tools/test";
    };
    const SourceFile file = {
        "engine/README.md",
        "`engine/engine.h`, `engine.h`, `README.md` and `tools/test` are there,\n"
        "`engine/gone.h`, `gone.cc` and `tools/gone` are not.\n"
        "`data/log`, `GET /records`, `Engine::append`, `a.b` are no paths.\n"
        "```\n`engine/gone.h` is inside a fence\n```\n"};

    EXPECT_EQ(check_named_paths(file, exists),
              (Complaints{"engine/README.md:2: names what is not there: engine/gone.h",
                          "engine/README.md:2: names what is not there: gone.cc",
                          "engine/README.md:2: names what is not there: tools/gone"}));
}

TEST(NamedPaths, HoldsInTheTree) {
    const std::vector<SourceFile> documents = files_ending_in({".md"});

    std::ostringstream all;
    for (const SourceFile& file : documents) {
        for (const std::string& line : check_named_paths(file, exists_in_tree)) all << line << '\n';
    }

    EXPECT_GE(documents.size(), 5U);
    EXPECT_EQ(all.str(), "");
}

TEST(RetiredWords, AreReportedWhereMoreThanAreLeft) {
    const SourceFile file = {"engine/a.h", "// Folded anew by whoever asks.\n"};

    EXPECT_EQ(check_retired_words(file, {}),
              (Complaints{"engine/a.h:1: retired: whoever; write: anyone who, those who",
                          "engine/a.h:1: retired: anew; write: again"}));
    EXPECT_EQ(count(check_retired_words(file, {{"engine/a.h", 1}})), 2U);
    EXPECT_EQ(count(check_retired_words(file, {{"engine/a.h", 2}})), 0U);
    EXPECT_EQ(count(check_retired_words({"engine/a.h", "// Folded again.\n"}, {})), 0U);
}

TEST(RetiredWords, MayOnlyBecomeFewer) {
    const WordsLeft left = read_words_left("3 engine/a.h\n1 engine/b.h\n");

    EXPECT_EQ(left, (WordsLeft{{"engine/a.h", 3}, {"engine/b.h", 1}}));
    EXPECT_EQ(check_retired_words({"engine/a.h", "// anew\n"}, left),
              Complaints{"engine/a.h: tests/tidy/retired_words.txt leaves 3 retired words to it; "
                         "lower that to 1"});
}

TEST(RetiredWords, DoNotComeBack) {
    const WordsLeft left = read_words_left(read_file(from_root("tests/tidy/retired_words.txt")));
    std::ostringstream all;
    std::set<std::string> seen;
    for (const SourceFile& file : files_ending_in({".h", ".cc", ".md"})) {
        seen.insert(file.path);
        if (file.path.starts_with("tests/tidy/")) continue;  // which names them
        for (const std::string& line : check_retired_words(file, left)) all << line << '\n';
    }
    for (const auto& [path, number] : left) {
        if (!seen.contains(path)) {
            all << "tests/tidy/retired_words.txt: no such file: " << path << '\n';
        }
    }

    EXPECT_EQ(all.str(), "");
}

TEST(Tree, IsFound) {
    // Or else every check of the tree would pass for want of files.
    const auto there = [](const std::string& path) {
        return std::any_of(sources().begin(), sources().end(),
                           [&](const SourceFile& file) { return file.path == path; });
    };

    EXPECT_TRUE(there("storage/change_log.h"));
    EXPECT_TRUE(there("engine/engine.cc"));
    EXPECT_TRUE(there("tools/freshet.cc"));
    EXPECT_TRUE(there("tests/tidy/tidy_test.cc"));
}

bool conforms(const std::string& newer, const std::string& older) {
    const std::string command = "flatc --conform '" + older + "' '" + newer + "' >/dev/null 2>&1";
    return std::system(command.c_str()) == 0;
}

TEST(Schema, ConformsToEveryReleasedOne) {
    std::size_t released = 0;
    for (const auto& entry : fs::directory_iterator(from_root("tests/golden"))) {
        if (entry.path().extension() != ".fbs") continue;
        ++released;

        EXPECT_TRUE(conforms(from_root("storage/schema.fbs"), entry.path())) << entry.path();
    }
    EXPECT_GE(released, 1U);
}

TEST(Schema, WouldBeRefusedWithAFieldInTheMiddle) {
    const std::string released = from_root("tests/golden/schema_v1.fbs");
    std::string text = read_file(released);
    const std::string field = "kind: ChangeKind;";
    ASSERT_NE(text.find(field), std::string::npos);
    text.insert(text.find(field), "inserted: ulong; ");
    const fs::path changed = fs::path(::testing::TempDir()) / "freshet_schema_with_insertion.fbs";
    std::ofstream(changed) << text;

    const bool accepted = conforms(changed, released);
    fs::remove(changed);

    EXPECT_FALSE(accepted);
}

// Said, not judged: where to look first for what has grown too long.

void say_longest(const std::string& what,
                 std::vector<std::pair<std::size_t, std::string>> lengths) {
    std::sort(lengths.rbegin(), lengths.rend());
    lengths.resize(std::min<std::size_t>(lengths.size(), 10));
    std::cout << "the longest " << what << ":\n";
    for (const auto& [length, name] : lengths) std::cout << "  " << length << "  " << name << '\n';
}

TEST(Lengths, OfFilesAndFunctionsAreSaid) {
    std::vector<std::pair<std::size_t, std::string>> files;
    std::vector<std::pair<std::size_t, std::string>> functions;
    for (const SourceFile& file : sources()) {
        files.emplace_back(lines_of(file.text).size(), file.path);
        const std::string code = split_source(file.text).code;
        for (const Block& block : outer_blocks(code)) {
            if (!block.is_function()) continue;
            const std::size_t first = line_at(code, block.open);
            functions.emplace_back(line_at(code, block.close) - first + 1,
                                   file.path + ":" + std::to_string(first));
        }
    }

    EXPECT_FALSE(functions.empty());
    say_longest("files", std::move(files));
    say_longest("functions", std::move(functions));
}

}  // namespace
}  // namespace freshet::tidy
