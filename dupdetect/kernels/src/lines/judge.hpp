// Whether stories that print a line are unrelated apart from what many print.
#pragma once

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "common/arrays.hpp"
#include "common/hash_filter.hpp"
#include "common/hash_set.hpp"
#include "lines/places.hpp"
#include "sketch/shingle.hpp"
#include "text/story.hpp"

namespace dupdetect::repeated {

struct Corpus {
    Bytes text;
    std::span<const std::int64_t> text_offsets;
    std::span<const std::uint64_t> keys;
    std::span<const std::int64_t> line_offsets;
    std::span<const std::uint32_t> words;
    std::span<const std::int32_t> publishers;

    std::size_t stories() const { return text_offsets.size() - 1; }
    std::size_t line_at(const Place& place) const {
        return static_cast<std::size_t>(line_offsets[place.story]) + place.line;
    }
};

struct Rule {
    std::uint32_t same_publisher, any_publisher, rest_words, most_tries;
    double rest_share, most_shared;
};

// The part of a story that is rarer than a given line: what the line's copies have around it.
struct Rest {
    std::uint32_t story = 0, count = 0;  // lines printed less often than that
    std::vector<std::pair<std::uint64_t, std::uint32_t>> lines;  // keys, ascending, and words
    std::vector<std::uint64_t> shingles;
    std::size_t different = 0;  // shingles: at least so many
    std::uint64_t words = 0;
    bool weak = false;  // little beside what the story shares
    bool shingled = false, once = false;  // whether there are shingles, and none twice

    std::size_t bytes() const { return 16 * lines.capacity() + 8 * shingles.capacity(); }
};

// Tells whether stories are unrelated apart from lines that many print. Lines of the same stories
// ask the same again and again, so what was found lately is kept.
class Judge {
public:
    Judge(const Corpus& corpus, const Rule& rule, std::span<const std::uint16_t> counts)
        : corpus_(corpus), rule_(rule), counts_(counts) {}

    // Whether at least `bar` of the stories that print a line have rests that are unrelated to
    // each other; `count` stories print it. Head and tail of one story share nothing themselves,
    // but both are related to a bridge, which holds them both.
    bool unrelated(std::span<const std::uint32_t> stories, std::span<const std::uint32_t> bridges,
                   std::uint32_t count, std::uint32_t bar) {
        if (held_ > kMostHeld) {
            std::fill(rests_.begin(), rests_.end(), nullptr);
            held_ = 0;
        }
        chosen_.clear();
        testimony_ = 0;
        one_story_.reset();
        const std::size_t enough = kFull * bar;
        for (std::size_t t = 0; t < stories.size(); ++t) {
            if (testimony_ + kFull * (stories.size() - t) < enough) return false;
            std::shared_ptr<Rest> rest = rest_of(stories[t], count);
            if (rest->words < rule_.rest_words) continue;
            const bool related =
                std::any_of(chosen_.begin(), chosen_.end(),
                            [&](const auto& other) { return alike(*rest, *other); });
            if (related) continue;
            testimony_ += weight(*rest);
            chosen_.push_back(std::move(rest));
            if (testimony_ >= enough) drop_bridged(bridges);
            if (testimony_ >= enough) return true;
        }
        return testimony_ >= enough;
    }

private:
    static constexpr std::uint32_t kWhole = std::numeric_limits<std::uint32_t>::max();
    static constexpr std::size_t kRests = 4096, kPairs = 1 << 14, kMostHeld = 64 << 20;

    struct Pair {
        std::uint64_t stories = 0;
        std::uint32_t count = 0;  // 0: none
        std::uint32_t other_count = 0;
        bool alike = false;
    };

    // Whether two of the longest stories share lines though no publisher: else a line is no
    // story's own, and what holds two of its stories is chance.
    bool same_story(std::span<const std::uint32_t> bridges) {
        for (std::size_t b = 1; b < bridges.size(); ++b) {
            const std::int32_t publisher = corpus_.publishers[bridges[b]];
            for (std::size_t c = 0; c < b; ++c) {
                if (publisher >= 0 && publisher == corpus_.publishers[bridges[c]]) continue;
                if (share_lines(*rest_of(bridges[b], kWhole), *rest_of(bridges[c], kWhole)))
                    return true;
            }
        }
        return false;
    }

    // Of the stories related to one bridge only the first stays.
    void drop_bridged(std::span<const std::uint32_t> bridges) {
        if (!one_story_) one_story_ = same_story(bridges);
        if (!*one_story_) return;
        std::uint32_t taken = 0;  // a bit for each bridge
        std::size_t kept = 0;
        testimony_ = 0;
        for (std::size_t c = 0; c < chosen_.size(); ++c) {
            std::uint32_t reached = 0;
            for (std::size_t b = 0; b < bridges.size(); ++b) {
                if (alike(*chosen_[c], *rest_of(bridges[b], kWhole))) reached |= 1U << b;
            }
            if ((reached & taken) == 0) {
                testimony_ += weight(*chosen_[c]);
                std::swap(chosen_[kept++], chosen_[c]);
            }
            taken |= reached;
        }
        chosen_.resize(kept);
    }

    // Versions of one story share most of their words; what each adds is weak evidence, as is a
    // brief on a page full of furniture. It takes kFull weak ones to count as one.
    static constexpr std::size_t kFull = 3;

    static std::size_t weight(const Rest& rest) { return rest.weak ? 1 : kFull; }

    std::shared_ptr<Rest> rest_of(std::uint32_t story, std::uint32_t count) {
        const std::uint64_t place = mix64(std::uint64_t{story} << 32 | count);
        std::shared_ptr<Rest>& rest = rests_[place % kRests];
        if (rest && rest->story == story && rest->count == count) return rest;
        if (rest) held_ -= rest->bytes();
        if (!rest || rest.use_count() > 1) rest = std::make_shared<Rest>();
        fill(*rest, story, count);
        held_ += rest->bytes();
        return rest;
    }

    void fill(Rest& rest, std::uint32_t story, std::uint32_t count) const {
        rest.story = story;
        rest.count = count;
        rest.lines.clear();
        rest.shingled = rest.once = false;
        rest.words = 0;
        std::uint64_t words = 0;
        const auto first = static_cast<std::size_t>(corpus_.line_offsets[story]);
        const auto last = static_cast<std::size_t>(corpus_.line_offsets[story + 1]);
        for (std::size_t line = first; line < last; ++line) {
            words += corpus_.words[line];
            if (counts_[line] >= count) continue;
            rest.lines.emplace_back(corpus_.keys[line], corpus_.words[line]);
            rest.words += corpus_.words[line];
        }
        std::sort(rest.lines.begin(), rest.lines.end());
        rest.weak = static_cast<double>(rest.words) < rule_.rest_share * static_cast<double>(words);
    }

    bool alike(Rest& a, Rest& b) {
        const std::uint64_t stories = std::uint64_t{a.story} << 32 | b.story;
        Pair& pair =
            pairs_[mix64(mix64(stories) + (std::uint64_t{a.count} << 32 | b.count)) % kPairs];
        if (pair.stories != stories || pair.count != a.count || pair.other_count != b.count) {
            pair = {stories, a.count, b.count, share_lines(a, b) || share_shingles(a, b)};
        }
        return pair.alike;
    }

    // Equal lines first, because they need no text; shingles only when those say "unrelated".
    bool share_lines(const Rest& a, const Rest& b) const {
        std::uint64_t shared = 0;
        auto other = b.lines.begin();
        for (const auto& [key, words] : a.lines) {
            while (other != b.lines.end() && other->first < key) ++other;
            if (other == b.lines.end()) break;
            if (other->first == key) shared += words;
        }
        return more_than_share(shared, std::min(a.words, b.words));
    }

    // Nearly all pairs share so little that the most they can share decides.
    bool share_shingles(Rest& a, Rest& b) {
        add_shingles(b);
        add_shingles(a);
        if (in_filter_ != std::pair{a.story, a.count}) fill_filter(a);
        if (!more_than_share(filter_.count(b.shingles), std::min(a.different, b.different)))
            return false;
        keep_once(b);
        keep_once(a);
        if (in_set_ != std::pair{a.story, a.count}) fill_set(a);
        const std::size_t smaller = std::min(a.shingles.size(), b.shingles.size());
        std::size_t both = 0;
        for (const std::uint64_t shingle : b.shingles) {
            if (set_.has(shingle) && more_than_share(++both, smaller)) return true;
        }
        return more_than_share(both, smaller);
    }

    void fill_filter(Rest& rest) {
        rest.different = filter_.fill(rest.shingles);
        in_filter_ = {rest.story, rest.count};
    }

    void keep_once(Rest& rest) {
        if (!rest.once) fill_set(rest);
        rest.once = true;
    }

    void fill_set(Rest& rest) {
        set_.clear(rest.shingles.size());
        std::erase_if(rest.shingles, [&](std::uint64_t shingle) { return !set_.add(shingle); });
        in_set_ = {rest.story, rest.count};
    }

    bool more_than_share(std::uint64_t shared, std::uint64_t smaller) const {
        return static_cast<double>(shared) > rule_.most_shared * static_cast<double>(smaller);
    }

    void add_shingles(Rest& rest) {
        if (rest.shingled) return;
        prepare(row(corpus_.text, corpus_.text_offsets, rest.story), {}, story_);
        const auto first = static_cast<std::size_t>(corpus_.line_offsets[rest.story]);
        const auto last = static_cast<std::size_t>(corpus_.line_offsets[rest.story + 1]);
        if (story_.lines.size() != last - first) {
            throw std::invalid_argument("line_offsets: lines do not belong to these texts");
        }
        tokens_.clear();
        for (std::size_t line = first; line < last; ++line) {
            if (counts_[line] >= rest.count) continue;
            const Line& here = story_.lines[line - first];
            tokens_.insert(tokens_.end(), story_.hashes.begin() + here.token_begin,
                           story_.hashes.begin() + here.token_end);
        }
        held_ -= rest.bytes();
        shingle(tokens_, 5, rest.shingles);
        fill_filter(rest);
        rest.shingled = true;
        held_ += rest.bytes();
    }

    const Corpus& corpus_;
    const Rule& rule_;
    std::span<const std::uint16_t> counts_;
    Story story_;
    std::vector<std::uint64_t> tokens_;
    std::vector<std::shared_ptr<Rest>> chosen_;
    std::vector<std::shared_ptr<Rest>> rests_ = std::vector<std::shared_ptr<Rest>>(kRests);
    std::vector<Pair> pairs_ = std::vector<Pair>(kPairs);
    std::size_t held_ = 0;  // bytes of the rests kept
    std::size_t testimony_ = 0;  // of the chosen
    std::optional<bool> one_story_;  // whether the bridges are versions of one, once asked
    HashFilter filter_;  // of the shingles of one rest, as the set
    HashSet set_;
    std::pair<std::uint32_t, std::uint32_t> in_filter_{0, 0}, in_set_{0, 0};  // its story and count
};

}  // namespace dupdetect::repeated
