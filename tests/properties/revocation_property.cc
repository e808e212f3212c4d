// Revoked tokens, for any revocations in any order, with restarts, lost states and clocks that are
// set back: those who ask the engine know exactly what a plain list of what was asked for ends, and
// what the state holds is the same however it came about.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "http/credentials/revocations.h"
#include "tests/support/must.h"
#include "tests/world/shop.h"

namespace freshet::properties {
namespace {

using http::Revocations;
using std::chrono::microseconds;
using std::chrono::seconds;
using storage::AppendTime;
using storage::RevokedBy;
using support::must;

constexpr AppendTime noon{seconds{1'800'000'000}};
constexpr seconds life{20};  // of a token, at most
constexpr std::size_t token_count = 12;

// A token of one of two subjects. Every third does not say when it was issued, and is good for
// ever; every other one has an id.
struct Token {
    std::string subject;
    std::optional<std::string> id;
    std::optional<AppendTime> issued;
    std::optional<AppendTime> expires;
    http::Digest digest{};
};

Token token_of(std::size_t number) {
    Token token;
    token.subject = number % 2 == 0 ? "ann" : "bob";
    if (number % 4 < 2) token.id = std::to_string(number % 5);
    if (number % 3 != 0) {
        token.issued = noon + seconds(number * 5) + microseconds(number % 3 - 1);
        token.expires = *token.issued + life;
    }
    token.digest[0] = static_cast<unsigned char>(number);
    return token;
}

struct Step {
    enum class Kind { revoke, go_on, go_back, restart, restart_without_state };
    Kind kind = Kind::revoke;
    RevokedBy revoked_by = RevokedBy::subject;
    std::size_t token = 0;  // by whose subject, id or digest
    int seconds = 0;        // of a clock

    friend std::ostream& operator<<(std::ostream& out, const Step& step) {
        return out << static_cast<int>(step.kind) << ':' << static_cast<int>(step.revoked_by) << ':'
                   << step.token << ':' << step.seconds;
    }
};

rc::Gen<Step> any_step() {
    using Kind = Step::Kind;
    return rc::gen::build<Step>(
        rc::gen::set(&Step::kind,
                     rc::gen::weightedElement<Kind>({{10, Kind::revoke},
                                                     {6, Kind::go_on},
                                                     {1, Kind::go_back},
                                                     {1, Kind::restart},
                                                     {1, Kind::restart_without_state}})),
        rc::gen::set(&Step::revoked_by,
                     rc::gen::element(RevokedBy::subject, RevokedBy::token_id, RevokedBy::session)),
        rc::gen::set(&Step::token, rc::gen::inRange<std::size_t>(0, token_count)),
        rc::gen::set(&Step::seconds, rc::gen::inRange(0, 15)));
}

// ---- the model: what was asked for, and when the log took it ----

struct Said {
    storage::Notice notice;
    AppendTime at;
};

bool ends(const Said& said, const Token& token) {
    switch (said.notice.revoked_by) {
        case RevokedBy::subject:
            return said.notice.name == token.subject && (!token.issued || *token.issued <= said.at);
        case RevokedBy::token_id:
            return said.notice.name == token.id;
        case RevokedBy::session:
            return said.notice.name == http::session_of(token.digest);
    }
    return false;
}

class World {
public:
    World() {
        shop_.clock().set_wall(noon);
        begin();
    }

    void play(const Step& step) {
        switch (step.kind) {
            case Step::Kind::revoke:
                return revoke(step);
            case Step::Kind::go_on:
                return set_wall(wall_ + seconds(step.seconds));
            case Step::Kind::go_back:
                return set_wall(wall_ - seconds(step.seconds));
            case Step::Kind::restart:
            case Step::Kind::restart_without_state:
                return restart(step.kind == Step::Kind::restart_without_state);
        }
    }

    // By one who has listened since the beginning, and by one who listens only now.
    void check() {
        Revocations late;
        late.await();
        shop_.engine().hear_revocations(
            [&](const std::vector<engine::Revocation>& heard) { late.take(heard); });
        RC_ASSERT(late.are_known());
        check(late);
        check(*known_);
        listen();
    }

    void restart(bool delete_state) {
        const auto before = must(shop_.now()->revocations());
        shop_.restart(delete_state);
        RC_ASSERT(must(shop_.now()->revocations()) == before);
        begin();
    }

private:
    void begin() {
        known_ = std::make_unique<Revocations>();
        known_->await();
        flags_.clear();
        listen();
        for (std::size_t i = 0; i < token_count; ++i) flags_.push_back(watch(*known_, i));
    }

    void listen() {
        shop_.engine().hear_revocations(
            [this](const std::vector<engine::Revocation>& heard) { known_->take(heard); });
    }

    static Revocations::Flag watch(Revocations& revocations, std::size_t number) {
        const Token token = token_of(number);
        return revocations.watch({.digest = token.digest,
                                  .subject = token.subject,
                                  .id = token.id,
                                  .issued = token.issued});
    }

    void set_wall(AppendTime wall) {
        wall_ = wall;
        newest_ = std::max(newest_, wall);
        shop_.clock().set_wall(wall);
    }

    // As http/ asks for it: a subject's and an id's are kept for ever here, as some of these tokens
    // are good for ever; a session's for as long as its token lives.
    void revoke(const Step& step) {
        const Token token = token_of(step.token);
        storage::Notice notice{.kind = storage::NoticeKind::revocation,
                               .by = "root",
                               .table = {},
                               .stream = {},
                               .revoked_by = step.revoked_by,
                               .name = token.subject};
        if (step.revoked_by == RevokedBy::token_id) notice.name = token.id.value_or("none");
        if (step.revoked_by == RevokedBy::session) {
            notice.name = http::session_of(token.digest);
            if (token.expires && *token.expires <= wall_) return;
            if (token.expires) {
                notice.kept = std::chrono::ceil<seconds>(*token.expires - wall_) + seconds(1);
            }
        }
        engine::ChangeBatch batch;
        batch.notices.push_back(notice);
        must(shop_.append(std::move(batch)));
        log_time_ = std::max(log_time_, wall_);
        AppendTime at = log_time_;
        for (const Said& said : said_) {
            const bool is_of_it =
                said.notice.revoked_by == notice.revoked_by && said.notice.name == notice.name;
            if (is_of_it) at = std::max(at, said.at + microseconds(1));
        }
        said_.push_back({.notice = notice, .at = at});
    }

    // Of the tokens that nobody would refuse anyway, by any clock that there has been.
    void check(Revocations& revocations) {
        for (std::size_t i = 0; i < token_count; ++i) {
            const Token token = token_of(i);
            if (token.expires && *token.expires <= newest_) continue;
            const bool has_ended = std::any_of(said_.begin(), said_.end(),
                                               [&](const Said& said) { return ends(said, token); });
            RC_ASSERT(*watch(revocations, i) == has_ended);
            if (&revocations == known_.get()) RC_ASSERT(*flags_[i] == has_ended);
        }
    }

    support::Shop shop_;
    AppendTime wall_ = noon;
    AppendTime newest_ = noon;  // that the clock has ever said
    AppendTime log_time_{};     // of the newest notice
    std::vector<Said> said_;
    std::unique_ptr<Revocations> known_;
    std::vector<Revocations::Flag> flags_;  // as a stream of each token keeps it
};

TEST(RevocationProperty, O3_AnyRevocationLastsForAsLongAsItsTokensCould) {
    EXPECT_TRUE(rc::check("revocations, restarts and clocks", [] {
        World world;
        const auto steps = *rc::gen::resize(40, rc::gen::container<std::vector<Step>>(any_step()));
        for (const Step& step : steps) {
            world.play(step);
            world.check();
        }
        world.restart(false);
        world.restart(true);
        world.check();
    }));
}

}  // namespace
}  // namespace freshet::properties
