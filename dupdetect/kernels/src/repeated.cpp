// Which lines sites print again and again in unrelated stories.
#include <algorithm>
#include <numeric>
#include <tuple>

#include "arrays.hpp"
#include "bind.hpp"
#include "judge.hpp"
#include "parallel.hpp"
#include "shingle.hpp"
#include "xxh3.hpp"

namespace dupdetect {
namespace {

using repeated::Corpus;
using repeated::Judge;
using repeated::Rule;

// Stories by the hash of their lines in any order; of equal ones by that of their bytes, so that
// the order of the rows does not matter.
struct Order {
    std::vector<std::uint32_t> stories;   // in this order
    std::vector<std::uint32_t> places;    // of each story in it
    std::vector<std::uint32_t> contents;  // equal for stories of equal lines
    std::vector<std::uint64_t> words;     // of each story
};

Order order_stories(const Corpus& corpus) {
    const std::size_t count = corpus.stories();
    struct Ranked {
        std::uint64_t content, bytes;
        std::uint32_t story;
    };
    std::vector<Ranked> ranked(count);
    for (std::size_t story = 0; story < count; ++story) {
        std::uint64_t sum = 0;
        for (const std::uint64_t key : row(corpus.keys, corpus.line_offsets, story)) sum += key * key;
        ranked[story] = {mix64(sum), 0, static_cast<std::uint32_t>(story)};
    }
    const auto by_content = [](const Ranked& a, const Ranked& b) { return a.content < b.content; };
    std::stable_sort(ranked.begin(), ranked.end(), by_content);
    Order order{std::vector<std::uint32_t>(count), std::vector<std::uint32_t>(count),
                std::vector<std::uint32_t>(count), std::vector<std::uint64_t>(count)};
    for (std::size_t story = 0; story < count; ++story) {
        const auto words = row(corpus.words, corpus.line_offsets, story);
        order.words[story] = std::accumulate(words.begin(), words.end(), std::uint64_t{0});
    }
    for (auto first = ranked.begin(); first != ranked.end();) {
        const auto last = std::upper_bound(first, ranked.end(), *first, by_content);
        if (last - first > 1) {
            for (auto it = first; it != last; ++it) {
                it->bytes = xxh3::hash(row(corpus.text, corpus.text_offsets, it->story));
            }
            std::stable_sort(first, last,
                             [](const Ranked& a, const Ranked& b) { return a.bytes < b.bytes; });
        }
        const auto content = static_cast<std::uint32_t>(first - ranked.begin());
        for (; first != last; ++first) {
            const auto place = static_cast<std::uint32_t>(first - ranked.begin());
            order.stories[place] = first->story;
            order.places[first->story] = place;
            order.contents[first->story] = content;
        }
    }
    return order;
}

struct Place {
    std::uint64_t key;
    std::int32_t publisher;
    std::uint32_t story;
    std::uint64_t line;
};

constexpr std::size_t kPartitionLines = 1 << 21;
constexpr int kMostBits = 4;

// Upper bits of a key that choose its partition: places are made for one partition at a time.
int partition_bits(std::size_t lines) {
    int bits = 0;
    while (bits < kMostBits && lines >> bits > kPartitionLines) ++bits;
    return bits;
}

// The places of the keys of one partition, equal keys side by side.
std::vector<Place> places_of(const Corpus& corpus, std::size_t partition, int bits,
                             bool by_publisher) {
    std::vector<Place> places;
    for (std::size_t story = 0; story + 1 < corpus.line_offsets.size(); ++story) {
        const std::int32_t publisher = by_publisher ? corpus.publishers[story] : 0;
        if (publisher < 0) continue;
        for (auto l = corpus.line_offsets[story]; l < corpus.line_offsets[story + 1]; ++l) {
            const auto line = static_cast<std::size_t>(l);
            if (bits == 0 || corpus.keys[line] >> (64 - bits) == partition) {
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
        visit(places.subspan(first, last - first));
        first = last;
    }
}

std::uint32_t stories_in(std::span<const Place> group) {
    std::uint32_t count = 1;
    for (std::size_t i = 1; i < group.size(); ++i) count += group[i].story != group[i - 1].story;
    return count;
}

// A line's places and the stories that are asked about it.
struct Group {
    std::span<const Place> places;
    std::uint32_t count = 0;
    std::vector<std::uint32_t> asked, bridges;

    bool asks_as(const Group& other) const {
        return count == other.count && asked == other.asked && bridges == other.bridges;
    }
};

constexpr std::size_t kBridges = 8;

// The longest stories of any publisher that print the line.
std::vector<std::uint32_t> longest_stories(std::span<const Place> places, const Order& order) {
    std::vector<std::uint32_t> longest;
    for (const Place& place : places) {
        if (longest.empty() || longest.back() != place.story) longest.push_back(place.story);
    }
    const std::size_t most = std::min(kBridges, longest.size());
    std::partial_sort(longest.begin(), longest.begin() + static_cast<std::ptrdiff_t>(most), longest.end(),
                      [&](std::uint32_t a, std::uint32_t b) {
        return std::tie(order.words[b], order.places[a]) < std::tie(order.words[a], order.places[b]);
    });
    longest.resize(most);
    longest.shrink_to_fit();
    return longest;
}

// The first stories in order that print the line, one for each content.
std::vector<std::uint32_t> stories_to_ask(std::span<const Place> places, const Order& order,
                                          std::size_t most) {
    std::vector<std::uint32_t> asked;
    asked.reserve(places.size());
    for (const Place& place : places) asked.push_back(order.places[place.story]);
    std::sort(asked.begin(), asked.end());
    for (std::uint32_t& place : asked) place = order.stories[place];
    const auto same = [&](std::uint32_t a, std::uint32_t b) {
        return order.contents[a] == order.contents[b];
    };
    asked.erase(std::unique(asked.begin(), asked.end(), same), asked.end());
    if (asked.size() > most) asked.resize(most);
    asked.shrink_to_fit();
    return asked;
}

void judge_lines(const Corpus& corpus, const Order& order, const Rule& rule, bool by_publisher,
                 int threads, std::vector<std::uint8_t>& found) {
    constexpr std::size_t kChunk = 64;
    const std::uint32_t bar = by_publisher ? rule.same_publisher : rule.any_publisher;
    const int bits = partition_bits(corpus.keys.size());
    std::vector<std::uint16_t> counts(corpus.keys.size(), 0);
    for (std::size_t p = 0; p < std::size_t{1} << bits; ++p) {
        const std::vector<Place> places = places_of(corpus, p, bits, by_publisher);
        each_group(places, [&](std::span<const Place> group) {
            const auto count = static_cast<std::uint16_t>(std::min(stories_in(group), 0xFFFFU));
            for (const Place& place : group) counts[place.line] = count;
        });
    }
    for (std::size_t p = 0; p < std::size_t{1} << bits; ++p) {
        const std::vector<Place> places = places_of(corpus, p, bits, by_publisher);
        std::vector<Group> groups;
        std::span<const Place> same_key;
        std::vector<std::uint32_t> bridges;
        each_group(places, [&](std::span<const Place> group) {
            const std::uint32_t count = counts[group.front().line];
            if (count < bar) return;
            if (same_key.empty() || same_key.front().key != group.front().key) {
                const auto range = std::ranges::equal_range(places, group.front().key, {}, &Place::key);
                same_key = {range.begin(), range.end()};
                bridges = longest_stories(same_key, order);
            }
            groups.push_back({group, count, {}, bridges});
        });
        parallel_chunks(groups.size(), threads, kChunk, [&](std::size_t first, std::size_t last) {
            for (std::size_t g = first; g < last; ++g) {
                groups[g].asked = stories_to_ask(groups[g].places, order, rule.most_tries);
            }
        });
        // Lines of the same stories side by side: what the answer depends on is the same.
        std::sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
            return std::tie(a.count, a.asked, a.bridges) < std::tie(b.count, b.asked, b.bridges);
        });
        struct State {
            Judge judge;
            const Group* asked;  // the last one, and the answer
            bool unrelated;
        };
        const auto make = [&] { return State{Judge(corpus, rule, counts), nullptr, false}; };
        parallel_chunks(groups.size(), threads, kChunk, make,
                        [&](State& state, std::size_t first, std::size_t last) {
            for (std::size_t g = first; g < last; ++g) {
                const Group& group = groups[g];
                if (state.asked == nullptr || !group.asks_as(*state.asked)) {
                    state.unrelated =
                        state.judge.unrelated(group.asked, group.bridges, group.count, bar);
                }
                state.asked = &group;
                if (!state.unrelated) continue;
                for (const Place& place : group.places) found[place.line] = 1;
            }
        });
    }
}

}  // namespace

void bind_repeated(nb::module_& module) {
    module.def("repeated_lines", [](const Input<std::uint8_t>& text,
                                    const Input<std::int64_t>& offsets,
                                    const Input<std::uint64_t>& keys,
                                    const Input<std::int64_t>& line_offsets,
                                    const Input<std::uint32_t>& words,
                                    const Input<std::int32_t>& publishers,
                                    std::uint32_t same_publisher, std::uint32_t any_publisher,
                                    std::uint32_t rest_words, double rest_share, double most_shared,
                                    std::uint32_t most_tries, int threads) {
        const Corpus corpus{view(text), view(offsets), view(keys), view(line_offsets), view(words),
                            view(publishers)};
        check_offsets(corpus.text_offsets, corpus.text.size(), "offsets");
        check_offsets(corpus.line_offsets, corpus.keys.size(), "line_offsets");
        check_equal(corpus.line_offsets.size(), corpus.text_offsets.size(), "line_offsets");
        check_equal(corpus.words.size(), corpus.keys.size(), "words");
        check_equal(corpus.publishers.size(), corpus.text_offsets.size() - 1, "publishers");
        const Rule rule{same_publisher, any_publisher, rest_words, most_tries, rest_share, most_shared};
        std::vector<std::uint8_t> repeated(corpus.keys.size(), 0);
        {
            const nb::gil_scoped_release release;
            const bool known = std::any_of(corpus.publishers.begin(), corpus.publishers.end(),
                                           [](std::int32_t p) { return p >= 0; });
            const Order order = order_stories(corpus);
            if (known) judge_lines(corpus, order, rule, true, threads, repeated);
            judge_lines(corpus, order, rule, false, threads, repeated);
        }
        return to_numpy(std::move(repeated));
    }, nb::arg("text"), nb::arg("offsets"), nb::arg("keys"), nb::arg("line_offsets"),
       nb::arg("words"), nb::arg("publishers"), nb::arg("same_publisher"), nb::arg("any_publisher"),
       nb::arg("rest_words"), nb::arg("rest_share"), nb::arg("most_shared"), nb::arg("most_tries"),
       nb::arg("threads"));
}

}  // namespace dupdetect
