#include "http/routes/bulk_append.h"

#include <algorithm>
#include <utility>

#include "engine/text/json.h"
#include "http/messages/content_coding.h"
#include "storage/invariant.h"

namespace freshet::http {

namespace {

constexpr std::string_view once_more = ": what was appended is then a duplicate";

}  // namespace

BulkAppend::BulkAppend(const engine::Catalog& catalog, const BulkOptions& options)
    : chunk_(catalog, options.decode, options.line_bytes_max),
      partial_(options.decode.partial),
      parks_(options.decode.parks),
      reconciliation_(options.reconciliation),
      client_(options.client),
      is_decoded_(options.is_decoded) {}

std::size_t BulkAppend::take(std::string_view bytes) {
    if (is_over()) return 0;
    const std::size_t taken = chunk_.take(bytes);
    if (begin_.size() < packed_mark_bytes) {
        begin_ += bytes.substr(0, std::min(taken, packed_mark_bytes - begin_.size()));
    }
    return taken;
}

void BulkAppend::end() {
    chunk_.end();
    ended_ = true;
}

bool BulkAppend::has_batch(bool early) const {
    return !out_ && !is_over() && !chunk_.is_empty() && (early || chunk_.is_full() || ended_);
}

engine::ChangeBatch BulkAppend::take_batch() {
    invariant(has_batch(true), "a batch is taken when there is one");
    out_ = true;
    lines_out_ = chunk_.lines();
    engine::ChangeBatch batch = chunk_.take_batch();
    batch.tells_outcomes = false;
    batch.reconciliation = reconciliation_;
    batch.client = client_;
    bytes_out_ = engine::memory_of(batch);
    return batch;
}

void BulkAppend::settle(const Result<engine::Receipt>& receipt) {
    invariant(out_, "a batch is settled once");
    out_ = false;
    bytes_out_ = 0;
    if (!receipt) {
        error_ = receipt.error();
        return;
    }
    count(*receipt);
    if (!receipt->refusal) {
        lines_ = lines_out_;
        return;
    }
    refusal_ = receipt->refusal;
    if (partial_) lines_ = refusal_->faults.front().line - 1;
}

void BulkAppend::give_up(int status, std::string why, std::optional<RefusalReason> reason) {
    invariant(!out_, "an append is given up between batches");
    interruption_ = Interruption{status, std::move(why), reason};
}

void BulkAppend::count(const engine::Receipt& receipt) {
    appended_ += receipt.appended;
    duplicates_ += receipt.duplicates;
    ignored_ += receipt.ignored;
    parked_ += receipt.parked;
    position_ = receipt.position;
}

bool BulkAppend::is_over() const {
    return error_ || refusal_ || interruption_ || (ended_ && !out_ && chunk_.is_empty());
}

Answer BulkAppend::answer(storage::Position now) const {
    invariant(is_over(), "an append is answered when it is over");
    if (error_) return failure();
    if (interruption_) return interruption();
    return is_refused() ? refusal() : success(now);
}

// A wrong record is no reason to refuse those before it, if the client asked for them; a text that
// is none is told as what it is.
bool BulkAppend::is_refused() const {
    return refusal_ && !(partial_ && refusal_->code == Errc::refused);
}

// The members that every answer has: what is in the log of the first so many lines.
std::string BulkAppend::totals(std::uint64_t lines) const {
    std::string members = R"("lines":)" + std::to_string(lines);
    members += R"(,"appended":)" + std::to_string(appended_);
    members += R"(,"duplicates":)" + std::to_string(duplicates_);
    members += R"(,"ignored":)" + std::to_string(ignored_);
    if (parks_) members += R"(,"parked":)" + std::to_string(parked_);
    return members;
}

// What stands, and from where to go on.
std::string BulkAppend::way_on(const std::string& first_step) const {
    const std::string lines = std::to_string(lines_);
    const std::string next = std::to_string(lines_ + 1);
    if (lines_ == 0) return "; " + first_step + "send everything again";
    return (lines_ == 1 ? "; line 1 stands; " : "; lines 1 to " + lines + " stand; ") + first_step +
           "send again from line " + next + ", or everything";
}

Answer BulkAppend::success(storage::Position now) const {
    const std::string position = std::to_string(position_.value_or(now).value);
    std::string body = R"({"position":)" + position + ',';
    body += totals(refusal_ ? lines_ : chunk_.lines()) + R"(,"batchItemFailures":[)";
    if (refusal_) {
        body += R"({"itemIdentifier":)";
        engine::append_json_string(body, refusal_->sequence);
        body += R"(}],"line":)" + std::to_string(refusal_->faults.front().line) + ',';
        append_faults(body, refusal_->faults);
    } else {
        body += ']';
    }
    Answer answer = json_answer(body + "}\n");
    answer.set("Freshet-Position", position);
    return answer;
}

// What is wrong, and on which line.
std::string BulkAppend::describe_first_fault() const {
    const engine::Fault& first = refusal_->faults.front();
    const std::string line = "line " + std::to_string(first.line);
    if (refusal_->code == Errc::malformed) {
        const std::string advice = packed_advice(begin_, is_decoded_);
        return first.detail + "; " +  // names the line itself
               (advice.empty() ? "each line must be a whole JSON text" : advice);
    }
    if (refusal_->code == Errc::too_large) return line + ": " + first.detail;
    return count_of(refusal_->faults) + " in the records, the first on " + line;
}

Answer BulkAppend::refusal() const {
    const std::string line = std::to_string(refusal_->faults.front().line);
    const std::string position = std::to_string(position_->value);
    std::string detail = describe_first_fault() + way_on("correct line " + line + " and ");
    if (lines_ > 0 || appended_ > 0 || parked_ > 0) detail += once_more;
    const std::string members =
        R"("line":)" + line + R"(,"position":)" + position + ',' + totals(lines_);
    Answer answer =
        problem(status_of_refused_body(refusal_->code), detail, refusal_->faults, members);
    answer.set("Freshet-Position", position);
    return answer;
}

// The members that say what stands, with the position if anything was settled.
std::string BulkAppend::standing() const {
    if (!position_) return totals(lines_);
    return R"("position":)" + std::to_string(position_->value) + ',' + totals(lines_);
}

// The chunk may be in the log without having been acknowledged.
Answer BulkAppend::failure() const {
    const std::string detail = error_->message + way_on("") + std::string(once_more);
    Answer answer = problem_of({error_->code, detail}, standing());
    if (position_) answer.set("Freshet-Position", std::to_string(position_->value));
    return answer;
}

Answer BulkAppend::interruption() const {
    const std::string detail = interruption_->why + way_on("") + std::string(once_more);
    Answer answer = problem(interruption_->status, detail, {}, standing());
    const bool may_pass = interruption_->status == 503 || interruption_->status == 429;
    if (may_pass) answer.set("Retry-After", "1");
    answer.reason = interruption_->reason;
    if (position_) answer.set("Freshet-Position", std::to_string(position_->value));
    return answer;
}

}  // namespace freshet::http
