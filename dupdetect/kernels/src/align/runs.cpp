// Bodies and the exact runs of words that two of them share.
#include <algorithm>
#include <bit>
#include <cstdlib>

#include "align/align.hpp"
#include "common/arrays.hpp"
#include "common/key_table.hpp"
#include "sketch/shingle.hpp"

namespace dupdetect {
namespace {

constexpr int kMostPositions = 64;  // positions of one n-gram that are tried
constexpr std::int32_t kFewWords = 12;  // fewer in all, and less than a quarter, are no evidence

std::uint64_t secret_factor() {
    static const std::uint64_t factor = random_seed() | 1U;
    return factor;
}

std::int32_t common_words(Hashes a, std::int32_t i, Hashes b, std::int32_t j) {
    const auto left_a = a.subspan(static_cast<std::size_t>(i));
    const auto left_b = b.subspan(static_cast<std::size_t>(j));
    const std::size_t most = std::min(left_a.size(), left_b.size());
    std::size_t n = 0;
    for (; n + 4 <= most; n += 4) {  // runs are long: four words a turn
        const std::uint64_t differ = (left_a[n] ^ left_b[n]) | (left_a[n + 1] ^ left_b[n + 1]) |
                                     (left_a[n + 2] ^ left_b[n + 2]) |
                                     (left_a[n + 3] ^ left_b[n + 3]);
        if (differ != 0) break;
    }
    while (n < most && left_a[n] == left_b[n]) ++n;
    return static_cast<std::int32_t>(n);
}

// The longest run from b's word j on; of equally long ones the nearest to `expected` in a.
Run longest_run(Hashes a, const GramIndex& grams, Hashes b, std::uint64_t gram, std::int32_t j,
                std::int32_t expected) {
    Run best{-1, j, 0};
    const auto offer = [&](std::int32_t i) {
        const std::int32_t words = common_words(a, i, b, j);
        if (words > best.words ||
            (words == best.words && std::abs(i - expected) < std::abs(best.a - expected))) {
            best = {i, j, words};
        }
    };
    std::int32_t i = grams.first(gram);
    if (i < 0) return best;
    if (expected >= 0 && expected < static_cast<std::int32_t>(grams.grams().size()) &&
        grams.grams()[static_cast<std::size_t>(expected)] == gram) {
        offer(expected);
    }
    for (int tried = 0; i >= 0 && tried < kMostPositions; i = grams.next(i), ++tried) {
        if (i != expected) offer(i);
    }
    return best;
}

// Words with letters other than ASCII stand behind the text's own bytes: few, and looked for many
// words at a time.
void flag_singles(std::uint32_t text_size, Body& body) {
    constexpr std::size_t kAtATime = 16;
    const std::size_t size = body.words.size();
    for (std::size_t first = 0; first < size; first += kAtATime) {
        const auto words = std::span(body.words).subspan(first, std::min(kAtATime, size - first));
        std::uint32_t furthest = 0;
        for (const Span word : words) furthest = std::max(furthest, word.at);
        if (furthest < text_size) continue;
        for (std::size_t k = 0; k < words.size(); ++k) {
            const Span word = words[k];
            const bool other = word.at >= text_size;
            if (other && is_single(Bytes(body.folded).subspan(word.at, word.size))) {
                body.flags[first + k] |= kOneCharacter;
            }
        }
    }
}

// Calls use(line, status) for the lines outside furniture.
template <typename Use>
void each_line(const Story& story, std::span<const std::uint8_t> line_status, Use&& use) {
    check_equal(line_status.size(), story.lines.size(), "line_status of a story");
    for (std::size_t l = 0; l < story.lines.size(); ++l) {
        if (line_status[l] != kFurniture) use(story.lines[l], line_status[l]);
    }
}

}  // namespace

void GramIndex::build(Hashes grams) {
    grams_ = grams;
    slots_.clear();
    if (grams_.empty()) return;
    const std::size_t slots = std::bit_ceil(grams_.size() * 4);
    factor_ = secret_factor();
    shift_ = 64 - std::countr_zero(slots);
    slots_.assign(slots, -1);
    nexts_.resize(grams_.size());
    for (std::size_t i = grams_.size(); i-- > 0;) {
        std::int32_t& first = slots_[slot_of(grams_[i])];
        nexts_[i] = first;
        first = static_cast<std::int32_t>(i);
    }
}

std::int32_t GramIndex::first(std::uint64_t gram) const {
    return slots_.empty() ? -1 : slots_[slot_of(gram)];
}

std::size_t GramIndex::slot_of(std::uint64_t gram) const {
    std::size_t slot = static_cast<std::size_t>(gram * factor_ >> shift_);
    while (slots_[slot] >= 0 && grams_[static_cast<std::size_t>(slots_[slot])] != gram) {
        slot = (slot + 1) & (slots_.size() - 1);
    }
    return slot;
}

std::size_t Body::bytes() const {
    return hashes.capacity() *
               (3 * sizeof(std::uint64_t) + 2 * sizeof(std::uint32_t) + sizeof(Span) + 1) +
           folded.capacity();
}

void make_body(Bytes text, Story& story, std::span<const std::uint8_t> line_status,
               const AlignRule& rule, Body& body) {
    std::size_t size = 0;
    each_line(story, line_status,
              [&](const Line& line, std::uint8_t) { size += line.token_end - line.token_begin; });
    body.hashes.resize(size);
    body.starts.resize(size);
    body.ends.resize(size);
    body.words.resize(size);
    body.flags.resize(size);
    body.sentences.clear();
    body.prose_words = 0;
    std::size_t first = 0, prose = size;
    bool resumes = false;  // the prose begins amid a sentence, after a list of links
    each_line(story, line_status, [&](const Line& line, std::uint8_t status) {
        const std::size_t words = line.token_end - line.token_begin;
        if (words == 0) return;
        const auto add = [&](auto& to, const auto& from) {
            std::copy_n(from.begin() + line.token_begin, words,
                        to.begin() + static_cast<std::ptrdiff_t>(first));
        };
        add(body.hashes, story.hashes);
        add(body.starts, story.starts);
        add(body.ends, story.ends);
        add(body.words, story.words);
        const std::uint8_t doubt = status == kDoubtful || status == kStanding ? kInDoubt : 0;
        const std::uint8_t of_line =
            doubt | (status == kStanding || status == kWeak ? kNeverProse : 0);
        const auto marks = std::span(story.marks).subspan(line.token_begin, words);
        const auto flags = std::span(body.flags).subspan(first, words);
        for (std::size_t k = 0; k < words; ++k) {
            flags[k] =
                static_cast<std::uint8_t>(of_line | (marks[k] & kQuoted) / kQuoted * kInQuotes |
                                          (marks[k] & kAnnounced) / kAnnounced * kFollowsColon |
                                          (marks[k] & kPost) / kPost * kInPost);
        }
        if (doubt == 0 && body.prose_words == 0) {
            prose = first;
            resumes = &line != story.lines.data() && (&line)[-1].link_list;
        }
        if (doubt == 0) body.prose_words += static_cast<std::int32_t>(words);
        body.sentences.push_back(static_cast<std::uint32_t>(first));
        for (std::size_t k = 1; k < words; ++k) {
            if ((marks[k] & kSentenceStart) != 0)
                body.sentences.push_back(static_cast<std::uint32_t>(first + k));
        }
        first += words;
    });
    body.sentences.push_back(static_cast<std::uint32_t>(size));
    body.prose_first = static_cast<std::int32_t>(prose);
    body.lower_start = prose < size && !resumes && is_lower(text[body.starts[prose]]);
    std::uint8_t bits = 0;
    for (const std::uint8_t c : text) bits |= c;
    body.ascii = bits < 0x80;
    std::swap(body.folded, story.folded);
    if (!body.ascii) flag_singles(static_cast<std::uint32_t>(text.size()), body);
    body.masks.clear();
    const auto seed = static_cast<std::size_t>(rule.seed_words);
    body.grams.clear();
    if (size >= seed) shingle(body.hashes, seed, body.grams);
}

void find_runs(const Body& a, const GramIndex& grams, const Body& b, const AlignRule& rule,
               std::vector<Run>& runs) {
    find_equal_runs(a.hashes, grams, b.hashes, b.grams, rule.seed_words, runs);
}

void find_equal_runs(Hashes a, const GramIndex& grams, Hashes b, Hashes b_grams, std::int32_t least,
                     std::vector<Run>& runs) {
    runs.clear();
    if (grams.grams().empty() || b_grams.empty()) return;
    std::int32_t done = 0, course = 0;  // b's words before `done` are taken; a - b of the last run
    for (std::int32_t j = 0; j < static_cast<std::int32_t>(b_grams.size());) {
        Run run = longest_run(a, grams, b, b_grams[static_cast<std::size_t>(j)], j, j + course);
        if (run.words < least) {
            ++j;
            continue;
        }
        while (run.b > done && run.a > 0 &&
               a[static_cast<std::size_t>(run.a - 1)] == b[static_cast<std::size_t>(run.b - 1)]) {
            --run.a;
            --run.b;
            ++run.words;
        }
        runs.push_back(run);
        course = run.a - run.b;
        j = done = run.b + run.words;
    }
}

void drop_stray_runs(const AlignRule& rule, std::int32_t smaller, std::vector<Run>& runs) {
    const auto supports = [&](const Run& run, const Run& other) {
        const std::int32_t gap =
            other.b > run.b ? other.b - run.b - run.words : run.b - other.b - other.words;
        return gap <= rule.near_words &&
               std::abs((other.a - other.b) - (run.a - run.b)) <= rule.near_diagonal;
    };
    std::vector<Run> kept;
    for (std::size_t r = 0; r < runs.size(); ++r) {
        bool counts = runs[r].words >= rule.run_words;
        for (std::size_t k = 1; k <= 2 && !counts; ++k) {
            counts = (r >= k && supports(runs[r], runs[r - k])) ||
                     (r + k < runs.size() && supports(runs[r], runs[r + k]));
        }
        if (counts) kept.push_back(runs[r]);
    }
    // A stock phrase in two long texts: nothing could grow out of it.
    std::int32_t words = 0;
    for (const Run& run : kept) words += run.words;
    if (words < kFewWords && words * 4 < smaller) kept.clear();
    runs = std::move(kept);
}

}  // namespace dupdetect
