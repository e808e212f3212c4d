// The bytes of images, held against FlatBuffers' own builder: it made those that logs hold.

#include <flatbuffers/flatbuffers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "storage/image.h"

namespace freshet::storage {
namespace {

// The table `Value` of storage/schema.fbs, as generated code would build it.
class Reference {
public:
    using Offset = flatbuffers::uoffset_t;
    using String = flatbuffers::Offset<flatbuffers::String>;

    Offset scalar(ValueType type, std::string_view name, std::string_view text) {
        const String name_at = name_of(name);
        return table(name_at, type, builder_.CreateString(text.data(), text.size()).o, false, 0, 0);
    }
    Offset boolean(std::string_view name, bool truth) {
        return table(name_of(name), ValueType::boolean, 0, truth, 0, 0);
    }
    Offset null(std::string_view name) {
        return table(name_of(name), ValueType::null, 0, false, 0, 0);
    }
    Offset set(ValueType type, std::string_view name, const std::vector<std::string>& elements) {
        const String name_at = name_of(name);
        std::vector<String> texts;
        for (const std::string& element : elements) texts.push_back(builder_.CreateString(element));
        return table(name_at, type, 0, false, builder_.CreateVector(texts).o, 0);
    }
    Offset values(ValueType type, std::string_view name, const std::vector<Offset>& members) {
        const String name_at = name_of(name);
        std::vector<String> offsets;
        for (const Offset member : members) offsets.emplace_back(member);
        return table(name_at, type, 0, false, 0, builder_.CreateVector(offsets).o);
    }
    std::string finish(const std::vector<Offset>& attributes) {
        const Offset root = values(ValueType::map, "", attributes);
        builder_.Finish(flatbuffers::Offset<flatbuffers::Table>(root));
        std::string bytes(reinterpret_cast<const char*>(builder_.GetBufferPointer()),
                          builder_.GetSize());
        builder_.Clear();
        return bytes;
    }

private:
    String name_of(std::string_view name) {
        return name.empty() ? String(0) : builder_.CreateSharedString(name.data(), name.size());
    }
    Offset table(String name, ValueType type, Offset text, bool truth, Offset elements,
                 Offset values) {
        const Offset start = builder_.StartTable();
        builder_.AddOffset(14, String(values));
        builder_.AddOffset(12, String(elements));
        builder_.AddOffset(8, String(text));
        builder_.AddOffset(4, name);
        builder_.AddElement<std::uint8_t>(10, truth ? 1 : 0, 0);
        builder_.AddElement<std::uint8_t>(6, static_cast<std::uint8_t>(type), 0);
        return builder_.EndTable(start);
    }

    flatbuffers::FlatBufferBuilder builder_;
};

// One image after the other, each built by both.
class Twins {
public:
    explicit Twins(std::uint64_t seed) : random_(seed) {}

    void expect_same_image(std::size_t attributes, std::size_t depth) {
        const std::vector<Twin> twins = sorted(attributes, depth);
        EXPECT_EQ(builder_.finish(values_of(twins)).bytes(), reference_.finish(offsets_of(twins)));
    }

private:
    struct Twin {
        std::string name;
        ImageBuilder::Value value{};
        Reference::Offset offset = 0;
    };

    std::size_t below(std::size_t end) { return random_() % end; }

    std::string text() {
        std::string text(below(2) == 0 ? below(9) : below(200), ' ');
        for (char& c : text) c = static_cast<char>(random_());
        return text;
    }

    // Some come again and again; of some only the middle differs; and of some there are many.
    std::string name() {
        switch (below(4)) {
            case 0:
                return std::string(1 + below(2), static_cast<char>('a' + below(4)));
            case 1:
                return "beginning" + std::to_string(100 + below(400)) + "the ending";
            case 2:
                return "name " + std::to_string(below(2'000));
            default:
                return below(20) == 0 ? "" : "status";
        }
    }

    Twin value(const std::string& name, std::size_t depth) {
        const auto type = static_cast<ValueType>(below(depth == 0 ? 8 : 10));
        switch (type) {
            case ValueType::string:
            case ValueType::number:
            case ValueType::binary: {
                const std::string content = text();
                return {name, builder_.scalar(type, name, content),
                        reference_.scalar(type, name, content)};
            }
            case ValueType::boolean: {
                const bool truth = below(2) == 0;
                return {name, builder_.boolean(name, truth), reference_.boolean(name, truth)};
            }
            case ValueType::null:
                return {name, builder_.null(name), reference_.null(name)};
            case ValueType::string_set:
            case ValueType::number_set:
            case ValueType::binary_set: {
                std::vector<std::string> elements(below(4));
                for (std::string& element : elements) element = text();
                const std::vector<std::string_view> seen(elements.begin(), elements.end());
                return {name, builder_.set(type, name, seen), reference_.set(type, name, elements)};
            }
            case ValueType::list: {
                std::vector<Twin> members;
                for (std::size_t i = below(5); i > 0; --i) members.push_back(value("", depth - 1));
                return {name, builder_.list(name, values_of(members)),
                        reference_.values(type, name, offsets_of(members))};
            }
            case ValueType::map:
                break;
        }
        const std::vector<Twin> members = sorted(below(5), depth - 1);
        return {name, builder_.map(name, values_of(members)),
                reference_.values(type, name, offsets_of(members))};
    }

    // Built in any order.
    std::vector<Twin> sorted(std::size_t count, std::size_t depth) {
        std::vector<Twin> twins;
        for (std::size_t i = 0; i < count; ++i) {
            const std::string one = name();
            const bool is_there = std::any_of(twins.begin(), twins.end(),
                                              [&](const Twin& twin) { return twin.name == one; });
            if (!is_there) twins.push_back(value(one, depth));
        }
        std::sort(twins.begin(), twins.end(),
                  [](const Twin& a, const Twin& b) { return a.name < b.name; });
        return twins;
    }

    static std::vector<ImageBuilder::Value> values_of(const std::vector<Twin>& twins) {
        std::vector<ImageBuilder::Value> values;
        for (const Twin& twin : twins) values.push_back(twin.value);
        return values;
    }
    static std::vector<Reference::Offset> offsets_of(const std::vector<Twin>& twins) {
        std::vector<Reference::Offset> offsets;
        for (const Twin& twin : twins) offsets.push_back(twin.offset);
        return offsets;
    }

    std::mt19937_64 random_;
    ImageBuilder builder_;
    Reference reference_;
};

TEST(ImageBytesTest, AreThoseThatFlatBuffersItselfMakes) {
    Twins twins(14);
    for (std::size_t i = 0; i < 3'000 && !::testing::Test::HasFailure(); ++i) {
        twins.expect_same_image(i % 12, 3);
    }
}

TEST(ImageBytesTest, AreThoseAlsoOfManyNames) {
    Twins twins(15);
    for (std::size_t i = 0; i < 10 && !::testing::Test::HasFailure(); ++i) {
        twins.expect_same_image(900, 2);
    }
}

TEST(ImageBytesTest, AreThoseAlsoAfterAnImageThatWasDropped) {
    Reference reference;
    ImageBuilder builder;
    builder.scalar(ValueType::string, "dropped", std::string(100'000, 'x'));
    builder.clear();

    const auto value = builder.scalar(ValueType::string, "dropped", "no more");
    const auto offset = reference.scalar(ValueType::string, "dropped", "no more");

    EXPECT_EQ(builder.finish(std::vector{value}).bytes(), reference.finish({offset}));
}

}  // namespace
}  // namespace freshet::storage
