// From runs to words: gaps between runs are aligned, and runs grow into edited neighbourhoods.
#include <algorithm>
#include <array>
#include <utility>

#include "align/align.hpp"
#include "align/gap.hpp"
#include "common/looked_at.hpp"
#include "numbers.hpp"
#include "text/bits.hpp"

namespace dupdetect {
namespace {

class Matcher {
public:
    Matcher(const Body& a, const Body& b, const Masks& masks, const Gap& near, Gap& between,
            const AlignRule& rule, Matches& out)
        : a_(a), b_(b), masks_(masks), rule_(rule), out_(out), near_(near), gap_(between) {}

    void add_run(const Run& run) {
        out_.touch(at(run.a), at(run.a + run.words));
        add_side(run.a, run.b, run.words, out_.to_b, out_.how_a);
        add_side(run.b, run.a, run.words, out_.to_a, out_.how_b);
    }

    // Words between two runs on one course: both sides short enough to be looked at.
    bool fill_gap(const Run& before, const Run& after) {
        const std::int32_t i = before.a + before.words, j = before.b + before.words;
        const std::int32_t rows = after.a - i, columns = after.b - j;
        if (rows < 0 || columns < 0 || rows > rule_.gap_words || columns > rule_.gap_words) {
            return false;
        }
        if (rows > 0 && columns > 0) align_words(i, j, rows, columns);
        return true;
    }

    // Grows a run beyond its end (step 1) or start (step -1) while words keep agreeing.
    void grow(std::int32_t i, std::int32_t j, std::int32_t step) {
        for (;;) {
            if (free(i, j) && agree(i, j)) {
                set(i, j, found(i, j));
                i += step;
                j += step;
                continue;
            }
            const auto [skip_a, skip_b] = next_agreement(i, j, step);
            if (skip_a < 0) return;
            i += skip_a * step;
            j += skip_b * step;
        }
    }

private:
    // Most runs lie where nothing was matched before: whole stretches are filled at a time.
    static void add_side(std::int32_t first, std::int32_t other, std::int32_t words,
                         std::vector<std::int32_t>& to, std::vector<std::uint8_t>& how) {
        const auto to_run = std::span(to).subspan(at(first), at(words));
        const auto how_run = std::span(how).subspan(at(first), at(words));
        std::uint8_t any = 0;
        for (const std::uint8_t one : how_run) any |= one;
        for (std::int32_t k = 0; k < words; ++k) {
            if (any == kUnmatched || how_run[at(k)] == kUnmatched) to_run[at(k)] = other + k;
        }
        for (std::uint8_t& one : how_run) one = one == kUnmatched ? kExact : one;
    }

    bool inside(std::int32_t i, std::int32_t j) const {
        return i >= 0 && j >= 0 && i < a_.size() && j < b_.size();
    }
    bool free(std::int32_t i, std::int32_t j) const {
        return inside(i, j) && out_.how_a[at(i)] == kUnmatched && out_.how_b[at(j)] == kUnmatched;
    }
    static std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

    bool equal(std::int32_t i, std::int32_t j) const { return a_.words[at(i)] == b_.words[at(j)]; }

    bool agree(std::int32_t i, std::int32_t j) const {
        if (equal(i, j)) return true;
        const std::uint64_t mask = masks_.of(a_.words[at(i)]);
        return mask != 0 && near_.alike(mask, masks_.of(b_.words[at(j)]));
    }

    Found found(std::int32_t i, std::int32_t j) const { return equal(i, j) ? kExact : kAlike; }

    void set(std::int32_t i, std::int32_t j, Found how) {
        if (out_.how_a[at(i)] == kUnmatched) {
            out_.to_b[at(i)] = j;
            out_.how_a[at(i)] = how;
            out_.touch(at(i), at(i) + 1);
        }
        if (out_.how_b[at(j)] == kUnmatched) {
            out_.to_a[at(j)] = i;
            out_.how_b[at(j)] = how;
        }
    }

    // The smallest skip of up to bridge_words on either side after which two words agree in a row.
    std::pair<std::int32_t, std::int32_t> next_agreement(std::int32_t i, std::int32_t j,
                                                         std::int32_t step) {
        const std::int32_t most = rule_.bridge_words;
        // Where all words near by are matched, as in the same sentences in another order, or at a
        // text's end, none has to be compared.
        if (!read_ahead(a_, out_.how_a, i, step, ahead_a_) ||
            !read_ahead(b_, out_.how_b, j, step, ahead_b_))
            return {-1, -1};
        for (std::int32_t total = 1; total <= 2 * most; ++total) {
            for (std::int32_t k = 0; k <= total; ++k) {
                const std::int32_t skip_a = (total + 1) / 2 + (k % 2 == 0 ? k / 2 : -(k + 1) / 2);
                const std::int32_t skip_b = total - skip_a;
                if (skip_a < 0 || skip_b < 0 || skip_a > most || skip_b > most) continue;
                const auto a = at(skip_a), b = at(skip_b);
                if (ahead_a_[a].free && ahead_b_[b].free && ahead_a_[a + 1].free &&
                    ahead_b_[b + 1].free && agree(ahead_a_[a], ahead_b_[b]) &&
                    agree(ahead_a_[a + 1], ahead_b_[b + 1])) {
                    return {skip_a, skip_b};
                }
            }
        }
        return {-1, -1};
    }

    // A word near a run's end; its letters are looked up once.
    struct Ahead {
        bool free;
        std::uint32_t word;
        std::uint64_t mask;
    };

    // The words that a skip may lead to; whether there are two in a row that are free.
    bool read_ahead(const Body& body, const std::vector<std::uint8_t>& how, std::int32_t first,
                    std::int32_t step, std::vector<Ahead>& ahead) const {
        ahead.clear();
        bool any = false, before = false;
        for (std::int32_t skip = 0; skip <= rule_.bridge_words + 1; ++skip) {
            const std::int32_t word = first + skip * step;
            const bool free = word >= 0 && word < body.size() && how[at(word)] == kUnmatched;
            any |= before && free;
            before = free;
            ahead.push_back({free, free ? body.words[at(word)] : 0, 0});
        }
        if (!any) return false;
        for (Ahead& one : ahead)
            if (one.free) one.mask = masks_.of(one.word);
        return true;
    }

    bool agree(const Ahead& one, const Ahead& other) const {
        return one.word == other.word || near_.alike(one.mask, other.mask);
    }

    // Longest common subsequence of the gap, words alike counting as equal.
    void align_words(std::int32_t i0, std::int32_t j0, std::int32_t rows, std::int32_t columns) {
        look_at(at(rows) + at(columns));
        gap_.read(a_.words.subspan(at(i0), at(rows)), b_.words.subspan(at(j0), at(columns)));
        // Few words in common: two different sentences that share "the" and "of".
        if (2 * gap_.common(0, 0) < std::min(rows, columns)) return;
        for (std::int32_t r = 0, c = 0; r < rows && c < columns;) {
            if (gap_.agree(r, c)) {
                if (free(i0 + r, j0 + c)) set(i0 + r, j0 + c, found(i0 + r, j0 + c));
                ++r;
                ++c;
            } else if (gap_.common(r + 1, c) >= gap_.common(r, c + 1)) {
                ++r;
            } else {
                ++c;
            }
        }
    }

    const Body& a_;
    const Body& b_;
    const Masks& masks_;
    const AlignRule& rule_;
    Matches& out_;
    const Gap& near_;
    Gap& gap_;
    std::vector<Ahead> ahead_a_, ahead_b_;  // room
};

// A quotation stands in marks on either side or is announced on both, as a line that ends with a
// colon may open a list, too.
std::uint8_t flags_of_both(std::uint8_t a, std::uint8_t b) {
    const int either = a | b;
    const int quoted = (either & kInQuotes) | (a & b & kFollowsColon) / kFollowsColon * kInQuotes;
    const int prose = quoted != 0 || (either & kNeverProse) != 0 ? 0 : kProse;
    return static_cast<std::uint8_t>(quoted | prose | (either & (kInDoubt | kNeverProse)) |
                                     (b & kOneCharacter) | kMatched);
}

// What one story prints as its own and the other in quotation marks is a report that was quoted; a
// speech says "I", "we" and "you", and so it is a quotation without its marks. What says so often,
// and one side announces, is one without any.
class Speech {
public:
    Speech(const Body& a, const Body& b, const AlignRule& rule, Matches& matches)
        : a_(a), b_(b), rule_(rule), matches_(matches) {}

    void flag() {
        const auto most_apart = static_cast<std::size_t>(rule_.bridge_words);
        for (std::size_t j = 0; j < b_.words.size(); ++j) {
            const std::int32_t i = matches_.to_a[j];
            if (i < 0) continue;
            const Side side = side_of(a_.flags[static_cast<std::size_t>(i)], b_.flags[j]);
            const bool goes_on =
                !words_.empty() && side == side_ && j - words_.back() <= most_apart + 1;
            if (!goes_on) close();
            if (side == Side::kNeither) continue;
            side_ = side;
            words_.push_back(j);
        }
        close();
    }

private:
    // Of two words that were matched: what one of them alone is.
    enum class Side { kNeither, kQuoted, kAnnounced };

    static Side side_of(std::uint8_t a, std::uint8_t b) {
        const int either = a | b, one = a ^ b;
        if ((either & (kInPost | kNeverProse)) != 0 || (a & b & kFollowsColon) != 0) {
            return Side::kNeither;
        }
        if ((one & kInQuotes) != 0) return Side::kQuoted;
        const bool announced = (one & kFollowsColon) != 0 && (either & kInQuotes) == 0;
        return announced ? Side::kAnnounced : Side::kNeither;
    }

    void close() {
        if (words_.size() >= static_cast<std::size_t>(rule_.reused_words)) {
            const auto said =
                static_cast<std::size_t>(std::ranges::count_if(words_, [&](std::size_t j) {
                    return std::ranges::binary_search(rule_.speech_words, b_.words[j]);
                }));
            if (side_ == Side::kQuoted &&
                static_cast<std::size_t>(numbers.align.rarely) * said < words_.size()) {
                for (const std::size_t j : words_) matches_.flags[j] |= kProse;
            }
            if (side_ == Side::kAnnounced &&
                static_cast<std::size_t>(numbers.align.often) * said >= words_.size()) {
                for (const std::size_t j : words_) {
                    matches_.flags[j] |= kInQuotes;
                    matches_.flags[j] &= static_cast<std::uint8_t>(~kProse);
                }
            }
        }
        words_.clear();
    }

    const Body& a_;
    const Body& b_;
    const AlignRule& rule_;
    Matches& matches_;
    Side side_ = Side::kNeither;
    std::vector<std::size_t> words_;  // of b, side by side but for a few
};

}  // namespace

void Matches::take_a(std::size_t words) {
    look_at(words);
    to_b.assign(words, -1);
    how_a.assign(words, kUnmatched);
    touched.clear();
}

void Matches::take_b(std::size_t words) {
    look_at(words);
    for (const auto [first, end] : touched) {
        look_at(end - first);
        std::ranges::fill(std::span(to_b).subspan(first, end - first), -1);
        std::ranges::fill(std::span(how_a).subspan(first, end - first), kUnmatched);
    }
    touched.clear();
    to_a.assign(words, -1);
    how_b.assign(words, kUnmatched);
}

void Matches::touch(std::size_t first, std::size_t end) {
    if (!touched.empty() && first <= touched.back().end && touched.back().first <= end) {
        Stretch& last = touched.back();
        last = {std::min(last.first, first), std::max(last.end, end)};
    } else {
        touched.push_back({first, end});
    }
}

void Matches::join_touched(std::size_t apart) {
    std::ranges::sort(touched, {}, &Stretch::first);
    std::size_t kept = 0;
    for (const Stretch& one : touched) {
        if (kept > 0 && one.first <= touched[kept - 1].end + apart) {
            touched[kept - 1].end = std::max(touched[kept - 1].end, one.end);
        } else {
            touched[kept++] = one;
        }
    }
    touched.resize(kept);
}

void match_words(const Body& a, const Body& b, const Masks& masks, const Gap& near, Gap& between,
                 const AlignRule& rule, const std::vector<Run>& runs, Matches& matches) {
    Matcher matcher(a, b, masks, near, between, rule, matches);
    for (const Run& run : runs) matcher.add_run(run);
    std::vector<std::uint8_t> joined(runs.size() + 1, 0);  // runs[r - 1] and runs[r] are joined
    for (std::size_t r = 1; r < runs.size(); ++r)
        joined[r] = matcher.fill_gap(runs[r - 1], runs[r]);
    for (std::size_t r = 0; r < runs.size(); ++r) {
        const Run& run = runs[r];
        if (!joined[r]) matcher.grow(run.a - 1, run.b - 1, -1);
        if (!joined[r + 1]) matcher.grow(run.a + run.words, run.b + run.words, 1);
    }
}

void flag_words(const Body& a, const Body& b, const AlignRule& rule, Matches& matches) {
    look_at(b.words.size());
    matches.flags.assign(b.words.size(), 0);
    int apart = 0;  // what some word is on one side alone
    for (std::size_t j = 0; j < b.words.size();) {
        const std::int32_t i = matches.to_a[j];
        if (i < 0) {
            ++j;
            continue;
        }
        std::size_t words = 1;  // on the same course: done many at a time
        const auto goes_on = [&](std::size_t k) {
            return matches.to_a[j + k] == i + static_cast<std::int32_t>(k);
        };
        while (j + words + 4 <= b.words.size() &&
               (goes_on(words) & goes_on(words + 1) & goes_on(words + 2) & goes_on(words + 3)))
            words += 4;
        while (j + words < b.words.size() && goes_on(words)) ++words;
        const auto of_a = a.flags.subspan(static_cast<std::size_t>(i), words);
        const auto of_b = b.flags.subspan(j, words);
        const auto both = std::span(matches.flags).subspan(j, words);
        for (std::size_t k = 0; k < words; ++k) both[k] = flags_of_both(of_a[k], of_b[k]);
        for (std::size_t k = 0; k < words; ++k) apart |= of_a[k] ^ of_b[k];
        j += words;
    }
    if ((apart & (kInQuotes | kFollowsColon)) != 0) Speech(a, b, rule, matches).flag();
}

}  // namespace dupdetect
