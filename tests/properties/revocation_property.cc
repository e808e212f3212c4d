// Revoked tokens, for any revocations in any order, with restarts, lost states and clocks that jump
// ahead and back: those who ask the engine know exactly what a plain list of what was asked for
// ends, whenever anybody counts or lists what is in force, and what the state holds is the same
// however it came about.

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
constexpr std::chrono::hours year{8'760};
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
    enum class Kind { revoke, go_on, go_back, jump_ahead, jump_back, look, restart, lose_state };
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
        rc::gen::set(&Step::kind, rc::gen::weightedElement<Kind>({{10, Kind::revoke},
                                                                  {6, Kind::go_on},
                                                                  {1, Kind::go_back},
                                                                  {1, Kind::jump_ahead},
                                                                  {1, Kind::jump_back},
                                                                  {4, Kind::look},
                                                                  {1, Kind::restart},
                                                                  {1, Kind::lose_state}})),
        rc::gen::set(&Step::revoked_by,
                     rc::gen::element(RevokedBy::subject, RevokedBy::token_id, RevokedBy::session)),
        rc::gen::set(&Step::token, rc::gen::inRange<std::size_t>(0, token_count)),
        rc::gen::set(&Step::seconds, rc::gen::inRange(0, 15)));
}

// ---- the model: what was asked for, and when by the clock ----

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
    // Whether tokens that live for longer than `life`, or do not say when they were issued, are
    // refused: then revocations are kept for no longer.
    explicit World(bool is_life_bounded) : is_life_bounded_(is_life_bounded) {
        shop_.clock().set_wall(noon);
        begin();
    }

    void play(const Step& step) {
        switch (step.kind) {
            case Step::Kind::revoke:
                return revoke(step);
            case Step::Kind::go_on:
                shop_.clock().advance(seconds(step.seconds));
                return set_wall(wall_ + seconds(step.seconds));
            case Step::Kind::go_back:
                return set_wall(wall_ - seconds(step.seconds));
            case Step::Kind::jump_ahead:
                return set_wall(std::max(wall_, noon + year) + seconds(step.seconds));
            case Step::Kind::jump_back:
                return set_wall(noon + seconds(step.seconds));
            case Step::Kind::look:
                return look();
            case Step::Kind::restart:
            case Step::Kind::lose_state:
                return restart(step.kind == Step::Kind::lose_state);
        }
    }

    // By one who has listened since the beginning, and by one who asks only now.
    void check() {
        Revocations late(&shop_.clock());
        late.take(must(shop_.now()->revocations()));
        check(late);
        check(*known_);
    }

    void restart(bool delete_state) {
        const auto before = must(shop_.now()->revocations());
        shop_.restart(delete_state);
        RC_ASSERT(must(shop_.now()->revocations()) == before);
        begin();
    }

private:
    void begin() {
        known_ = std::make_unique<Revocations>(&shop_.clock());
        known_->await();
        flags_.clear();
        listen();
        for (std::size_t i = 0; i < token_count; i += 2) flags_.push_back(watch(*known_, i));
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
        shop_.clock().set_wall(wall);
    }

    // As metrics and admins do. What is listed is what is counted.
    void look() {
        const auto now = std::chrono::floor<seconds>(wall_);
        const auto counts = known_->counts(now);
        const auto listed = known_->after(std::nullopt, said_.size() + 1, now);
        RC_ASSERT(listed.size() == counts[0] + counts[1] + counts[2]);
    }

    // As http/ asks for it. Unless their life is bounded, a subject's and an id's are kept for
    // ever, as some of these tokens are good for ever; a session's for as long as its token lives.
    void revoke(const Step& step) {
        const Token token = token_of(step.token);
        storage::Notice notice{.kind = storage::NoticeKind::revocation,
                               .by = "root",
                               .table = {},
                               .stream = {},
                               .revoked_by = step.revoked_by,
                               .name = token.subject};
        if (step.revoked_by == RevokedBy::token_id) notice.name = token.id.value_or("none");
        if (is_life_bounded_) notice.kept = life + seconds(1);
        if (step.revoked_by == RevokedBy::session) {
            notice.name = http::session_of(token.digest);
            if (is_refused(token)) return;
            notice.kept = seconds(0);
            if (token.expires) {
                notice.kept = std::chrono::ceil<seconds>(*token.expires - wall_) + seconds(1);
            }
        }
        must(known_->end({.revoked_by = notice.revoked_by,
                          .name = notice.name,
                          .at = wall_,
                          .until = engine::end_of(notice, wall_)},
                         std::chrono::floor<seconds>(wall_)));
        engine::ChangeBatch batch;
        batch.notices.push_back(notice);
        must(shop_.append(std::move(batch)));
        AppendTime at = wall_;
        for (const Said& said : said_) {
            const bool is_of_it =
                said.notice.revoked_by == notice.revoked_by && said.notice.name == notice.name;
            if (is_of_it) at = std::max(at, said.at + microseconds(1));
        }
        said_.push_back({.notice = notice, .at = at});
    }

    // Whether nobody would believe it anyway.
    bool is_refused(const Token& token) const {
        if (!token.expires) return is_life_bounded_;
        return *token.expires <= wall_;
    }

    // Whether the token, of an id that was revoked for as long as one of then could live, was
    // issued only since: whether it has ended was not promised.
    bool is_later_namesake(const Said& said, const Token& token) const {
        return is_life_bounded_ && said.notice.revoked_by == RevokedBy::token_id &&
               *token.issued > said.at;
    }

    // Of the tokens that nobody would refuse anyway, by what the clock says now.
    void check(Revocations& revocations) {
        for (std::size_t i = 0; i < token_count; ++i) {
            const Token token = token_of(i);
            if (is_refused(token)) continue;
            bool must_have_ended = false;
            bool may_have_ended = false;
            for (const Said& said : said_) {
                if (!ends(said, token)) continue;
                may_have_ended = true;
                if (!is_later_namesake(said, token)) must_have_ended = true;
            }
            if (may_have_ended && !must_have_ended) continue;
            RC_ASSERT(*watch(revocations, i) == must_have_ended);
            const bool is_in_use = &revocations == known_.get() && i % 2 == 0;
            if (is_in_use) {
                RC_ASSERT(*flags_[i / 2] == must_have_ended);
            }
        }
    }

    const bool is_life_bounded_;
    support::Shop shop_;
    AppendTime wall_ = noon;
    std::vector<Said> said_;
    std::unique_ptr<Revocations> known_;
    // As a stream of every other token keeps it. The rest are looked at again each time.
    std::vector<Revocations::Flag> flags_;
};

TEST(RevocationProperty, O3_AnyRevocationLastsForAsLongAsItsTokensCould) {
    EXPECT_TRUE(rc::check("revocations, restarts and clocks", [] {
        World world(*rc::gen::arbitrary<bool>());
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
