#include "lines/summaries.hpp"

#include <algorithm>
#include <numeric>

#include "common/arrays.hpp"
#include "common/bind.hpp"
#include "common/parallel.hpp"
#include "lines/places.hpp"
#include "numbers.hpp"
#include "propose/sort_by_key.hpp"
#include "sketch/shingle.hpp"

namespace dupdetect {

void Sample::add(const Page& page) {
    if (pages_.size() == most_ && (most_ == 0 || page.content > pages_.back().content)) return;
    const auto at = std::ranges::lower_bound(pages_, page.content, {}, &Page::content);
    if (at != pages_.end() && at->content == page.content) {
        at->number = std::min(at->number, page.number);
        const bool earlier =
            page.day != kUnknownDay && (at->day == kUnknownDay || page.day < at->day);
        if (earlier) at->day = page.day;
        return;
    }
    pages_.insert(at, page);
    if (pages_.size() > most_) pages_.pop_back();
}

void Summaries::add(std::uint64_t key, std::int32_t scope, std::span<const Page> sampled) {
    keys.push_back(key);
    scopes.push_back(scope);
    for (const Page& page : sampled) {
        contents.push_back(page.content);
        pages.push_back(page.number);
        days.push_back(page.day);
    }
    offsets.push_back(static_cast<std::int64_t>(contents.size()));
}

namespace {

constexpr std::uint64_t kTakenSalt = 0xA0761D6478BD642FULL;

struct Corpus {
    std::span<const std::uint64_t> keys;
    std::span<const std::int64_t> line_offsets;
    std::span<const std::uint8_t> counted;
    std::span<const std::int32_t> publishers, days;
    std::vector<std::uint64_t> contents = {};

    std::size_t stories() const { return publishers.size(); }
    // Such a page is not asked what company a line keeps: it would be asked for each of them.
    bool is_long(std::size_t story) const {
        return static_cast<std::size_t>(line_offsets[story + 1] - line_offsets[story]) >
               numbers.lines.long_page;
    }
    Page page(std::size_t story) const {
        return {contents[story], static_cast<std::int64_t>(story), days[story]};
    }
};

// Pages of equal lines, in any order, have one content: they are one page.
std::vector<std::uint64_t> content_hashes(const Corpus& corpus) {
    std::vector<std::uint64_t> contents(corpus.stories());
    for (std::size_t story = 0; story < contents.size(); ++story) {
        const auto keys = row(corpus.keys, corpus.line_offsets, story);
        const auto counted = row(corpus.counted, corpus.line_offsets, story);
        std::uint64_t sum = 0;
        for (std::size_t line = 0; line < keys.size(); ++line) {
            sum += mix64(keys[line] ^ (counted[line] ? 0 : kTakenSalt));
        }
        contents[story] = mix64(sum);
    }
    return contents;
}

// Stories by publisher, unknown ones last; of one publisher in the order of the rows.
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

// Summaries of one line, whose places stand side by side for each publisher.
void summarise_line(const Corpus& corpus, std::span<const Place> places, std::size_t least,
                    Sample& all, Sample& own, Summaries& out) {
    const std::uint64_t key =
        row(corpus.keys, corpus.line_offsets, places.front().story)[places.front().line];
    const auto close = [&](const Sample& sample, std::int32_t scope) {
        if (!sample.pages().empty() && sample.pages().size() >= least)
            out.add(key, scope, sample.pages());
    };
    all.clear();
    for (std::size_t first = 0, last = 0; first < places.size(); first = last) {
        const std::int32_t publisher =
            std::max(corpus.publishers[places[first].story], kUnknownPublisher);
        own.clear();
        for (last = first; last < places.size(); ++last) {
            const std::uint32_t story = places[last].story;
            if (std::max(corpus.publishers[story], kUnknownPublisher) != publisher) break;
            if (last > first && story == places[last - 1].story) continue;
            if (corpus.is_long(story)) continue;
            own.add(corpus.page(story));
            all.add(corpus.page(story));
        }
        close(own, publisher);
    }
    close(all, kAllPages);
}

// Numbers of the summaries by key, and of one key by scope.
std::vector<std::uint32_t> sorted_order(const Summaries& given) {
    std::vector<Entry> entries(given.size());
    for (std::size_t g = 0; g < entries.size(); ++g) {
        const auto scope = static_cast<std::uint64_t>(std::int64_t{given.scopes[g]} - kAllPages);
        entries[g] = {scope, static_cast<std::uint32_t>(g)};
    }
    sort_by_key(entries);
    for (Entry& entry : entries) entry.key = given.keys[entry.row];
    sort_by_key(entries);
    std::vector<std::uint32_t> order(entries.size());
    std::ranges::transform(entries, order.begin(), &Entry::row);
    return order;
}

// Summaries of one key and scope become one.
Summaries merged(const Summaries& given, std::size_t most) {
    Summaries out;
    Sample sample(most);
    const std::vector<std::uint32_t> order = sorted_order(given);
    for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
        const std::uint64_t key = given.keys[order[first]];
        const std::int32_t scope = given.scopes[order[first]];
        sample.clear();
        for (last = first; last < order.size(); ++last) {
            const std::size_t g = order[last];
            if (given.keys[g] != key || given.scopes[g] != scope) break;
            for (auto at = given.offsets[g]; at < given.offsets[g + 1]; ++at) {
                sample.add(given.page(static_cast<std::size_t>(at)));
            }
        }
        out.add(key, scope, sample.pages());
    }
    return out;
}

Summaries summarise(const Corpus& corpus, std::size_t most, std::size_t least, int threads) {
    constexpr std::size_t kChunk = 256;
    const EqualLines lines = find_equal_lines(corpus.keys, corpus.line_offsets,
                                              stories_by_publisher(corpus), least, threads);
    std::vector<Summaries> parts((lines.groups.size() + kChunk - 1) / kChunk);
    parallel_chunks(lines.groups.size(), threads, kChunk, [&](std::size_t first, std::size_t last) {
        Sample all(most), own(most);
        for (std::size_t g = first; g < last; ++g) {
            summarise_line(corpus, lines.groups[g], least, all, own, parts[first / kChunk]);
        }
    });
    Summaries joined;
    for (Summaries& part : parts) {
        const std::int64_t before = joined.offsets.back();
        const auto append = [](auto& to, const auto& from) {
            to.insert(to.end(), from.begin(), from.end());
        };
        append(joined.keys, part.keys);
        append(joined.scopes, part.scopes);
        append(joined.contents, part.contents);
        append(joined.pages, part.pages);
        append(joined.days, part.days);
        for (std::size_t g = 1; g < part.offsets.size(); ++g)
            joined.offsets.push_back(before + part.offsets[g]);
        part = {};
    }
    return merged(joined, most);
}

nb::tuple given(Summaries&& found) {
    return nb::make_tuple(to_numpy(std::move(found.keys)), to_numpy(std::move(found.scopes)),
                          to_numpy(std::move(found.offsets)), to_numpy(std::move(found.contents)),
                          to_numpy(std::move(found.pages)), to_numpy(std::move(found.days)));
}

}  // namespace

void bind_summaries(nb::module_& module) {
    module.def(
        "line_summaries",
        [](const Input<std::uint64_t>& keys, const Input<std::int64_t>& line_offsets,
           const Input<std::uint8_t>& counted, const Input<std::int32_t>& publishers,
           const Input<std::int32_t>& days, std::size_t sample, std::size_t least, int threads) {
            Corpus corpus{view(keys), view(line_offsets), view(counted), view(publishers),
                          view(days)};
            check_offsets(corpus.line_offsets, keys.size(), "line_offsets");
            check_equal(counted.size(), keys.size(), "counted");
            check_equal(publishers.size(), corpus.line_offsets.size() - 1, "publishers");
            check_equal(days.size(), publishers.size(), "days");
            Summaries found;
            {
                const nb::gil_scoped_release release;
                corpus.contents = content_hashes(corpus);
                found = summarise(corpus, sample, std::max<std::size_t>(least, 1), threads);
            }
            return given(std::move(found));
        },
        nb::arg("keys"), nb::arg("line_offsets"), nb::arg("counted"), nb::arg("publishers"),
        nb::arg("days"), nb::arg("sample"), nb::arg("least"), nb::arg("threads"));

    module.def(
        "merge_summaries",
        [](const Input<std::uint64_t>& keys, const Input<std::int32_t>& scopes,
           const Input<std::int64_t>& offsets, const Input<std::uint64_t>& contents,
           const Input<std::int64_t>& pages, const Input<std::int32_t>& days, std::size_t sample) {
            check_offsets(view(offsets), contents.size(), "offsets");
            check_equal(offsets.size(), keys.size() + 1, "offsets");
            check_equal(scopes.size(), keys.size(), "scopes");
            check_equal(pages.size(), contents.size(), "pages");
            check_equal(days.size(), contents.size(), "days");
            const auto copied = []<typename T>(const Input<T>& array) {
                return std::vector<T>(view(array).begin(), view(array).end());
            };
            Summaries all{copied(keys),     copied(scopes), copied(offsets),
                          copied(contents), copied(pages),  copied(days)};
            const nb::gil_scoped_release release;
            Summaries found = merged(all, sample);
            const nb::gil_scoped_acquire acquire;
            return given(std::move(found));
        },
        nb::arg("keys"), nb::arg("scopes"), nb::arg("offsets"), nb::arg("contents"),
        nb::arg("pages"), nb::arg("days"), nb::arg("sample"));
}

}  // namespace dupdetect
