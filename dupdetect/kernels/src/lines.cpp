// Lines of all stories, and which of them a site prints again and again in unrelated stories.
#include <algorithm>
#include <array>
#include <tuple>
#include <unordered_map>

#include "arrays.hpp"
#include "bind.hpp"
#include "parallel.hpp"
#include "shingle.hpp"
#include "story.hpp"

namespace dupdetect {
namespace {

constexpr std::uint8_t kEndsSentence = 1, kHasPhrase = 2;

struct Phrases {
    std::span<const std::uint64_t> tokens;
    std::span<const std::int64_t> offsets;
    std::span<const std::int32_t> most_words;
    std::unordered_multimap<std::uint64_t, std::size_t> by_first;
    std::array<std::uint8_t, 4096> may_begin{};  // by the lowest bits of a first word: most do not

    void add(std::uint64_t first, std::size_t phrase) {
        by_first.emplace(first, phrase);
        may_begin[first % may_begin.size()] = 1;
    }
};

bool has_phrase(const Phrases& phrases, std::span<const std::uint64_t> line) {
    for (std::size_t t = 0; t < line.size(); ++t) {
        if (!phrases.may_begin[line[t] % phrases.may_begin.size()]) continue;
        const auto [first, last] = phrases.by_first.equal_range(line[t]);
        for (auto it = first; it != last; ++it) {
            const auto phrase = row(phrases.tokens, phrases.offsets, it->second);
            if (line.size() <= static_cast<std::size_t>(phrases.most_words[it->second]) &&
                t + phrase.size() <= line.size() &&
                std::equal(phrase.begin(), phrase.end(), line.begin() + static_cast<long>(t))) {
                return true;
            }
        }
    }
    return false;
}

struct LineTable {
    std::vector<std::uint64_t> keys;
    std::vector<std::uint32_t> words;
    std::vector<std::uint8_t> flags;
    std::vector<std::int64_t> counts;
};

void scan_story(const Story& story, const Phrases& phrases, LineTable& table) {
    for (const Line& line : story.lines) {
        std::uint64_t key = 0;
        for (std::uint32_t t = line.token_begin; t < line.token_end; ++t) {
            key = key * kShingleBase + story.zeroed[t];
        }
        const std::uint32_t words = line.token_end - line.token_begin;
        const auto tokens = std::span(story.hashes).subspan(line.token_begin, words);
        table.keys.push_back(mix64(key));
        table.words.push_back(words);
        table.flags.push_back(static_cast<std::uint8_t>(
            (line.ends_sentence ? kEndsSentence : 0) | (has_phrase(phrases, tokens) ? kHasPhrase : 0)));
    }
    table.counts.push_back(static_cast<std::int64_t>(story.lines.size()));
}

struct Corpus {
    Bytes text;
    std::span<const std::int64_t> text_offsets;
    std::span<const std::uint64_t> keys;
    std::span<const std::int64_t> line_offsets;
    std::span<const std::uint32_t> words;
    std::span<const std::int32_t> publishers;
};

struct Rule {
    std::uint32_t same_publisher, any_publisher, rest_words, most_tries;
    double most_shared;
};

struct Place {
    std::uint64_t key;
    std::int32_t publisher;
    std::uint32_t story;
    std::uint64_t line;
};

// The part of a story that is rarer than a given line: what the line's copies have around it.
struct Rest {
    std::vector<std::uint64_t> keys, shingles;
    std::vector<std::uint32_t> key_words;
    std::uint64_t words = 0;
    bool shingled = false;
};

class Judge {
public:
    Judge(const Corpus& corpus, const Rule& rule, std::span<const std::uint16_t> counts)
        : corpus_(corpus), rule_(rule), counts_(counts) {}

    // Whether at least `bar` of the stories have rests that are unrelated to each other.
    bool unrelated(std::span<const Place> places, std::uint32_t bar) {
        tries_.clear();
        for (const Place& place : places) {
            if (tries_.empty() || tries_.back().second->story != place.story) {
                tries_.emplace_back(content(place.story), &place);
            }
        }
        std::sort(tries_.begin(), tries_.end(), [](const auto& a, const auto& b) {
            return a.first < b.first;
        });
        tries_.erase(std::unique(tries_.begin(), tries_.end(),
                                 [](const auto& a, const auto& b) { return a.first == b.first; }),
                     tries_.end());
        if (tries_.size() > rule_.most_tries) tries_.resize(rule_.most_tries);
        chosen_.clear();
        for (std::size_t t = 0; t < tries_.size(); ++t) {
            if (chosen_.size() + (tries_.size() - t) < bar) return false;
            Rest rest = rest_of(*tries_[t].second);
            if (rest.words < rule_.rest_words) continue;
            const std::uint32_t story = tries_[t].second->story;
            const bool related = std::any_of(chosen_.begin(), chosen_.end(), [&](auto& other) {
                return alike(rest, story, other.first, other.second);
            });
            if (!related) chosen_.emplace_back(std::move(rest), story);
            if (chosen_.size() >= bar) return true;
        }
        return false;
    }

private:
    std::uint64_t content(std::uint32_t story) const {
        std::uint64_t h = 0;
        for (const std::uint64_t key : row(corpus_.keys, corpus_.line_offsets, story)) h += key * key;
        return mix64(h);
    }

    Rest rest_of(const Place& place) {
        Rest rest;
        const auto first = static_cast<std::size_t>(corpus_.line_offsets[place.story]);
        const auto last = static_cast<std::size_t>(corpus_.line_offsets[place.story + 1]);
        for (std::size_t line = first; line < last; ++line) {
            if (counts_[line] >= counts_[place.line]) continue;
            rest.keys.push_back(corpus_.keys[line]);
            rest.key_words.push_back(corpus_.words[line]);
            rest.words += corpus_.words[line];
        }
        return rest;
    }

    // Equal lines first, because they need no text; shingles only when those say "unrelated".
    bool alike(Rest& a, std::uint32_t story_a, Rest& b, std::uint32_t story_b) {
        std::uint64_t shared = 0;
        for (std::size_t i = 0; i < a.keys.size(); ++i) {
            if (std::find(b.keys.begin(), b.keys.end(), a.keys[i]) != b.keys.end()) {
                shared += a.key_words[i];
            }
        }
        const double limit = rule_.most_shared;
        if (static_cast<double>(shared) > limit * static_cast<double>(std::min(a.words, b.words))) {
            return true;
        }
        add_shingles(a, story_a);
        add_shingles(b, story_b);
        std::size_t i = 0, j = 0, both = 0;
        while (i < a.shingles.size() && j < b.shingles.size()) {
            both += a.shingles[i] == b.shingles[j];
            const bool advance_a = a.shingles[i] <= b.shingles[j];
            j += b.shingles[j] <= a.shingles[i];
            i += advance_a;
        }
        const std::size_t smaller = std::min(a.shingles.size(), b.shingles.size());
        return static_cast<double>(both) > limit * static_cast<double>(smaller);
    }

    void add_shingles(Rest& rest, std::uint32_t number) {
        if (rest.shingled) return;
        rest.shingled = true;
        prepare(row(corpus_.text, corpus_.text_offsets, number), {}, story_);
        const auto keys = row(corpus_.keys, corpus_.line_offsets, number);
        if (story_.lines.size() != keys.size()) {
            throw std::invalid_argument("line_offsets: lines do not belong to these texts");
        }
        tokens_.clear();
        for (std::size_t line = 0; line < keys.size(); ++line) {
            if (std::find(rest.keys.begin(), rest.keys.end(), keys[line]) == rest.keys.end()) continue;
            tokens_.insert(tokens_.end(), story_.hashes.begin() + story_.lines[line].token_begin,
                           story_.hashes.begin() + story_.lines[line].token_end);
        }
        shingle(tokens_, 5, rest.shingles);
        std::sort(rest.shingles.begin(), rest.shingles.end());
        rest.shingles.erase(std::unique(rest.shingles.begin(), rest.shingles.end()),
                            rest.shingles.end());
    }

    const Corpus& corpus_;
    const Rule& rule_;
    std::span<const std::uint16_t> counts_;
    Story story_;
    std::vector<std::uint64_t> tokens_;
    std::vector<std::pair<std::uint64_t, const Place*>> tries_;
    std::vector<std::pair<Rest, std::uint32_t>> chosen_;
};

constexpr std::size_t kPartitions = 16;

// The places of the keys of one partition, equal keys side by side.
std::vector<Place> places_of(const Corpus& corpus, std::size_t partition, bool by_publisher) {
    std::vector<Place> places;
    for (std::size_t story = 0; story + 1 < corpus.line_offsets.size(); ++story) {
        const std::int32_t publisher = by_publisher ? corpus.publishers[story] : 0;
        if (publisher < 0) continue;
        for (auto l = corpus.line_offsets[story]; l < corpus.line_offsets[story + 1]; ++l) {
            const auto line = static_cast<std::size_t>(l);
            if (corpus.keys[line] >> 60 == partition) {
                places.push_back({corpus.keys[line], publisher, static_cast<std::uint32_t>(story), line});
            }
        }
    }
    std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
        return std::tie(a.key, a.publisher, a.line) < std::tie(b.key, b.publisher, b.line);
    });
    return places;
}

template <typename Visit>
void each_group(std::span<const Place> places, Visit&& visit) {
    for (std::size_t first = 0; first < places.size();) {
        std::size_t last = first + 1;
        while (last < places.size() && places[last].key == places[first].key &&
               places[last].publisher == places[first].publisher) {
            ++last;
        }
        visit(first, last);
        first = last;
    }
}

std::uint32_t stories_in(std::span<const Place> group) {
    std::uint32_t count = 1;
    for (std::size_t i = 1; i < group.size(); ++i) count += group[i].story != group[i - 1].story;
    return count;
}

void judge_lines(const Corpus& corpus, const Rule& rule, bool by_publisher, int threads,
                 std::vector<std::uint8_t>& repeated) {
    const std::uint32_t bar = by_publisher ? rule.same_publisher : rule.any_publisher;
    std::vector<std::uint16_t> counts(corpus.keys.size(), 0);
    for (std::size_t p = 0; p < kPartitions; ++p) {
        const std::vector<Place> places = places_of(corpus, p, by_publisher);
        each_group(places, [&](std::size_t first, std::size_t last) {
            const auto stories = stories_in(std::span(places).subspan(first, last - first));
            for (std::size_t i = first; i < last; ++i) {
                counts[places[i].line] = static_cast<std::uint16_t>(std::min(stories, 0xFFFFU));
            }
        });
    }
    for (std::size_t p = 0; p < kPartitions; ++p) {
        const std::vector<Place> places = places_of(corpus, p, by_publisher);
        std::vector<std::pair<std::size_t, std::size_t>> groups;
        each_group(places, [&](std::size_t first, std::size_t last) {
            if (counts[places[first].line] >= bar) groups.emplace_back(first, last);
        });
        parallel_chunks(groups.size(), threads, 64, [&](std::size_t begin, std::size_t end) {
            Judge judge(corpus, rule, counts);
            for (std::size_t g = begin; g < end; ++g) {
                const auto group = std::span(places).subspan(groups[g].first,
                                                             groups[g].second - groups[g].first);
                if (!judge.unrelated(group, bar)) continue;
                for (const Place& place : group) repeated[place.line] = 1;
            }
        });
    }
}

}  // namespace

void bind_lines(nb::module_& module) {
    module.def("scan_lines", [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets,
                                const Input<std::uint64_t>& phrase_tokens,
                                const Input<std::int64_t>& phrase_offsets,
                                const Input<std::int32_t>& phrase_most_words, int threads) {
        const auto rows = view(offsets);
        check_offsets(rows, text.size(), "offsets");
        Phrases phrases{view(phrase_tokens), view(phrase_offsets), view(phrase_most_words), {}, {}};
        check_offsets(phrases.offsets, phrases.tokens.size(), "phrase_offsets");
        check_equal(phrases.most_words.size(), phrases.offsets.size() - 1, "phrase_most_words");
        for (std::size_t p = 0; p + 1 < phrases.offsets.size(); ++p) {
            const auto phrase = row(phrases.tokens, phrases.offsets, p);
            if (!phrase.empty()) phrases.add(phrase.front(), p);
        }
        LineTable all;
        std::vector<std::int64_t> line_offsets{0};
        {
            const nb::gil_scoped_release release;
            constexpr std::size_t kChunk = 256;
            std::vector<LineTable> parts((rows.size() - 1 + kChunk - 1) / kChunk);
            parallel_chunks(rows.size() - 1, threads, kChunk, [&](std::size_t first, std::size_t last) {
                Story story;
                for (std::size_t i = first; i < last; ++i) {
                    prepare(row(view(text), rows, i), {.zeroed = true}, story);
                    scan_story(story, phrases, parts[first / kChunk]);
                }
            });
            for (LineTable& part : parts) {
                all.keys.insert(all.keys.end(), part.keys.begin(), part.keys.end());
                all.words.insert(all.words.end(), part.words.begin(), part.words.end());
                all.flags.insert(all.flags.end(), part.flags.begin(), part.flags.end());
                for (const auto count : part.counts) line_offsets.push_back(line_offsets.back() + count);
                part = {};
            }
        }
        return nb::make_tuple(to_numpy(std::move(line_offsets)), to_numpy(std::move(all.keys)),
                              to_numpy(std::move(all.words)), to_numpy(std::move(all.flags)));
    }, nb::arg("text"), nb::arg("offsets"), nb::arg("phrase_tokens"), nb::arg("phrase_offsets"),
       nb::arg("phrase_most_words"), nb::arg("threads"));

    module.def("repeated_lines", [](const Input<std::uint8_t>& text,
                                    const Input<std::int64_t>& offsets,
                                    const Input<std::uint64_t>& keys,
                                    const Input<std::int64_t>& line_offsets,
                                    const Input<std::uint32_t>& words,
                                    const Input<std::int32_t>& publishers,
                                    std::uint32_t same_publisher, std::uint32_t any_publisher,
                                    std::uint32_t rest_words, double most_shared,
                                    std::uint32_t most_tries, int threads) {
        const Corpus corpus{view(text), view(offsets), view(keys), view(line_offsets), view(words),
                            view(publishers)};
        check_offsets(corpus.text_offsets, corpus.text.size(), "offsets");
        check_offsets(corpus.line_offsets, corpus.keys.size(), "line_offsets");
        check_equal(corpus.line_offsets.size(), corpus.text_offsets.size(), "line_offsets");
        check_equal(corpus.words.size(), corpus.keys.size(), "words");
        check_equal(corpus.publishers.size(), corpus.text_offsets.size() - 1, "publishers");
        const Rule rule{same_publisher, any_publisher, rest_words, most_tries, most_shared};
        std::vector<std::uint8_t> repeated(corpus.keys.size(), 0);
        {
            const nb::gil_scoped_release release;
            const bool known = std::any_of(corpus.publishers.begin(), corpus.publishers.end(),
                                           [](std::int32_t p) { return p >= 0; });
            if (known) judge_lines(corpus, rule, true, threads, repeated);
            judge_lines(corpus, rule, false, threads, repeated);
        }
        return to_numpy(std::move(repeated));
    }, nb::arg("text"), nb::arg("offsets"), nb::arg("keys"), nb::arg("line_offsets"),
       nb::arg("words"), nb::arg("publishers"), nb::arg("same_publisher"), nb::arg("any_publisher"),
       nb::arg("rest_words"), nb::arg("most_shared"), nb::arg("most_tries"), nb::arg("threads"));
}

}  // namespace dupdetect
