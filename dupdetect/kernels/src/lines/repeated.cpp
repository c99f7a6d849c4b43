// Which lines sites print again and again in unrelated stories.
#include <algorithm>
#include <array>
#include <compare>
#include <limits>
#include <numeric>
#include <tuple>

#include "common/arrays.hpp"
#include "common/bind.hpp"
#include "common/parallel.hpp"
#include "lines/judge.hpp"
#include "lines/places.hpp"
#include "propose/sort_by_key.hpp"
#include "sketch/shingle.hpp"
#include "text/xxh3.hpp"

namespace dupdetect {
namespace {

using repeated::Corpus;
using repeated::Judge;
using repeated::Rule;

// Stories by the hash of their lines in any order; of equal ones by that of their bytes, so that
// the order of the rows does not matter.
struct Order {
    std::vector<std::uint32_t> stories;  // in this order
    std::vector<std::uint32_t> places;  // of each story in it
    std::vector<std::uint32_t> contents;  // equal for stories of equal lines
    std::vector<std::uint64_t> words;  // of each story
};

Order order_stories(const Corpus& corpus) {
    const std::size_t count = corpus.stories();
    std::vector<Entry> ranked(count);
    for (std::size_t story = 0; story < count; ++story) {
        std::uint64_t sum = 0;
        for (const std::uint64_t key : row(corpus.keys, corpus.line_offsets, story))
            sum += key * key;
        ranked[story] = {mix64(sum), static_cast<std::uint32_t>(story)};
    }
    sort_by_key(ranked);
    Order order{std::vector<std::uint32_t>(count), std::vector<std::uint32_t>(count),
                std::vector<std::uint32_t>(count), std::vector<std::uint64_t>(count)};
    for (std::size_t story = 0; story < count; ++story) {
        const auto words = row(corpus.words, corpus.line_offsets, story);
        order.words[story] = std::accumulate(words.begin(), words.end(), std::uint64_t{0});
    }
    std::vector<Entry> equal;
    for (std::size_t first = 0, last = 0; first < count; first = last) {
        while (last < count && ranked[last].key == ranked[first].key) ++last;
        if (last - first > 1) {
            equal.assign(ranked.begin() + static_cast<std::ptrdiff_t>(first),
                         ranked.begin() + static_cast<std::ptrdiff_t>(last));
            for (Entry& entry : equal) {
                entry.key = xxh3::hash(row(corpus.text, corpus.text_offsets, entry.row));
            }
            sort_by_key(equal);
            std::ranges::copy(equal, ranked.begin() + static_cast<std::ptrdiff_t>(first));
        }
        for (std::size_t place = first; place < last; ++place) {
            order.stories[place] = ranked[place].row;
            order.places[ranked[place].row] = static_cast<std::uint32_t>(place);
            order.contents[ranked[place].row] = static_cast<std::uint32_t>(first);
        }
    }
    return order;
}

// Stories by publisher; of one publisher, or of none, in the order of the rows.
std::vector<std::uint32_t> stories_by_publisher(const Corpus& corpus) {
    std::vector<Entry> entries(corpus.stories());
    for (std::size_t story = 0; story < entries.size(); ++story) {
        const auto publisher = static_cast<std::uint32_t>(corpus.publishers[story]);
        entries[story] = {publisher, static_cast<std::uint32_t>(story)};
    }
    sort_by_key(entries);
    std::vector<std::uint32_t> stories(entries.size());
    std::ranges::transform(entries, stories.begin(), &Entry::row);
    return stories;
}

constexpr std::size_t kBridges = 8;

// The longest stories of any publisher that print a line.
struct Bridges {
    std::array<std::uint32_t, kBridges> stories{};
    std::size_t count = 0;

    std::span<const std::uint32_t> view() const { return {stories.data(), count}; }
    auto operator<=>(const Bridges&) const = default;
};

// Places of one line, of one publisher or of all, that are to be judged.
struct Group {
    std::span<const Place> places;
    std::uint32_t count;  // stories
    std::uint32_t first;  // place in order of the first of them
    std::uint64_t stories;  // sum of hashes: equal for the same stories
    Bridges bridges;
};

// Calls visit for every story that prints the line; places of one story stand side by side.
template <typename Visit>
void each_story(std::span<const Place> places, Visit&& visit) {
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (i == 0 || places[i].story != places[i - 1].story) visit(places[i].story);
    }
}

Bridges longest_stories(std::span<const Place> places, const Order& order) {
    const auto longer = [&](std::uint32_t a, std::uint32_t b) {
        return std::tie(order.words[b], order.places[a]) <
               std::tie(order.words[a], order.places[b]);
    };
    Bridges found;
    each_story(places, [&](std::uint32_t story) {
        if (found.count == kBridges && !longer(story, found.stories.back())) return;
        found.count = std::min(found.count + 1, kBridges);
        std::size_t at = found.count - 1;
        for (; at > 0 && longer(story, found.stories[at - 1]); --at) {
            found.stories[at] = found.stories[at - 1];
        }
        found.stories[at] = story;
    });
    return found;
}

// The first stories in order that print the line, one for each content.
void stories_to_ask(std::span<const Place> places, const Order& order, std::size_t most,
                    std::vector<std::uint32_t>& asked) {
    asked.clear();
    std::uint32_t last = std::numeric_limits<std::uint32_t>::max();
    const auto keep_first = [&] {
        std::sort(asked.begin(), asked.end());
        const auto same = [&](std::uint32_t a, std::uint32_t b) {
            return order.contents[order.stories[a]] == order.contents[order.stories[b]];
        };
        asked.erase(std::unique(asked.begin(), asked.end(), same), asked.end());
        if (asked.size() < most) return;
        asked.resize(most);
        last = most > 0 ? asked.back() : 0;
    };
    std::size_t room = 2 * most + 16;
    each_story(places, [&](std::uint32_t story) {
        if (order.places[story] > last) return;
        asked.push_back(order.places[story]);
        if (asked.size() < room) return;
        keep_first();
        room = std::max(room, 2 * asked.size());
    });
    keep_first();
    for (std::uint32_t& place : asked) place = order.stories[place];
}

// Counts the stories that print each line of `places`, all of one key, and lists what is to be
// judged. Lines printed less often than `bar` keep the count 0: they are rarer than any judged.
void count_stories(const Corpus& corpus, const Order& order, std::span<const Place> places,
                   bool by_publisher, std::uint32_t bar, std::span<std::uint16_t> counts,
                   std::vector<Group>& groups) {
    const auto publisher = [&](const Place& place) { return corpus.publishers[place.story]; };
    if (by_publisher) {
        // Unknown publishers come last, being negative numbers.
        const auto known = std::ranges::partition_point(
            places, [](std::int32_t number) { return number >= 0; }, publisher);
        places = {places.begin(), known};
    }
    const std::size_t before = groups.size();
    for (std::size_t first = 0, last = 0; first < places.size(); first = last) {
        last = places.size();
        if (by_publisher) {
            last = first + 1;
            while (last < places.size() && publisher(places[last]) == publisher(places[first]))
                ++last;
        }
        Group group{
            places.subspan(first, last - first), 0, order.places[places[first].story], 0, {}};
        each_story(group.places, [&](std::uint32_t story) {
            group.count += group.count < 0xFFFF;
            group.first = std::min(group.first, order.places[story]);
            group.stories += mix64(story + 1);
        });
        if (group.count < bar) continue;
        for (const Place& place : group.places) {
            counts[corpus.line_at(place)] = static_cast<std::uint16_t>(group.count);
        }
        groups.push_back(group);
    }
    if (groups.size() == before) return;
    const Bridges bridges = longest_stories(places, order);
    for (std::size_t g = before; g < groups.size(); ++g) groups[g].bridges = bridges;
}

// Lines of the same stories side by side: what the answer depends on is the same.
std::vector<Group> groups_to_judge(const Corpus& corpus, const Order& order,
                                   const EqualLines& lines, bool by_publisher, std::uint32_t bar,
                                   int threads, std::span<std::uint16_t> counts) {
    constexpr std::size_t kChunk = 256;
    std::vector<std::vector<Group>> found((lines.groups.size() + kChunk - 1) / kChunk);
    parallel_chunks(lines.groups.size(), threads, kChunk, [&](std::size_t first, std::size_t last) {
        for (std::size_t g = first; g < last; ++g) {
            count_stories(corpus, order, lines.groups[g], by_publisher, bar, counts,
                          found[first / kChunk]);
        }
    });
    std::vector<Group> groups;
    for (const std::vector<Group>& some : found)
        groups.insert(groups.end(), some.begin(), some.end());
    std::sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
        return std::tie(a.first, a.count, a.stories, a.bridges) <
               std::tie(b.first, b.count, b.stories, b.bridges);
    });
    return groups;
}

void judge_lines(const Corpus& corpus, const Order& order, const EqualLines& lines,
                 const Rule& rule, bool by_publisher, int threads,
                 std::vector<std::uint8_t>& found) {
    constexpr std::size_t kChunk = 64;
    const std::uint32_t bar = by_publisher ? rule.same_publisher : rule.any_publisher;
    std::vector<std::uint16_t> counts(corpus.keys.size(), 0);
    const std::vector<Group> groups =
        groups_to_judge(corpus, order, lines, by_publisher, bar, threads, counts);
    if (groups.empty()) return;
    struct State {
        Judge judge;
        const Group* group;  // the last one, whom it asked, and the answer
        std::vector<std::uint32_t> asked, next;
        bool unrelated;
    };
    const auto make = [&] { return State{Judge(corpus, rule, counts), nullptr, {}, {}, false}; };
    parallel_chunks(
        groups.size(), threads, kChunk, make,
        [&](State& state, std::size_t first, std::size_t last) {
            for (std::size_t g = first; g < last; ++g) {
                const Group& group = groups[g];
                stories_to_ask(group.places, order, rule.most_tries, state.next);
                if (state.group == nullptr || group.count != state.group->count ||
                    group.bridges != state.group->bridges || state.next != state.asked) {
                    state.unrelated =
                        state.judge.unrelated(state.next, group.bridges.view(), group.count, bar);
                }
                state.group = &group;
                state.asked.swap(state.next);
                if (!state.unrelated) continue;
                for (const Place& place : group.places) found[corpus.line_at(place)] = 1;
            }
        });
}

}  // namespace

void bind_repeated(nb::module_& module) {
    module.def(
        "repeated_lines",
        [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets,
           const Input<std::uint64_t>& keys, const Input<std::int64_t>& line_offsets,
           const Input<std::uint32_t>& words, const Input<std::int32_t>& publishers,
           std::uint32_t same_publisher, std::uint32_t any_publisher, std::uint32_t rest_words,
           double rest_share, double most_shared, std::uint32_t most_tries, int threads) {
            const Corpus corpus{view(text),         view(offsets), view(keys),
                                view(line_offsets), view(words),   view(publishers)};
            check_offsets(corpus.text_offsets, corpus.text.size(), "offsets");
            check_offsets(corpus.line_offsets, corpus.keys.size(), "line_offsets");
            check_equal(corpus.line_offsets.size(), corpus.text_offsets.size(), "line_offsets");
            check_equal(corpus.words.size(), corpus.keys.size(), "words");
            check_equal(corpus.publishers.size(), corpus.text_offsets.size() - 1, "publishers");
            const Rule rule{same_publisher, any_publisher, rest_words,
                            most_tries,     rest_share,    most_shared};
            std::vector<std::uint8_t> repeated(corpus.keys.size(), 0);
            {
                const nb::gil_scoped_release release;
                const bool known = std::any_of(corpus.publishers.begin(), corpus.publishers.end(),
                                               [](std::int32_t p) { return p >= 0; });
                const std::uint32_t bar =
                    known ? std::min(same_publisher, any_publisher) : any_publisher;
                const EqualLines lines = find_equal_lines(
                    corpus.keys, corpus.line_offsets, stories_by_publisher(corpus), bar, threads);
                const Order order = order_stories(corpus);
                if (known) judge_lines(corpus, order, lines, rule, true, threads, repeated);
                judge_lines(corpus, order, lines, rule, false, threads, repeated);
            }
            return to_numpy(std::move(repeated));
        },
        nb::arg("text"), nb::arg("offsets"), nb::arg("keys"), nb::arg("line_offsets"),
        nb::arg("words"), nb::arg("publishers"), nb::arg("same_publisher"),
        nb::arg("any_publisher"), nb::arg("rest_words"), nb::arg("rest_share"),
        nb::arg("most_shared"), nb::arg("most_tries"), nb::arg("threads"));
}

}  // namespace dupdetect
