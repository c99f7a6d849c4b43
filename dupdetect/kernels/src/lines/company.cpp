// Furniture by the company a line keeps: what at least half of the pages that print it also print.
#include <algorithm>
#include <array>
#include <bit>

#include "common/arrays.hpp"
#include "common/bind.hpp"
#include "common/key_table.hpp"
#include "common/parallel.hpp"
#include "lines/summaries.hpp"
#include "propose/sort_by_key.hpp"
#include "sketch/shingle.hpp"
#include "text/story.hpp"

namespace dupdetect {
namespace {

struct Rule {
    std::size_t same, any, unknown, often;
    std::uint64_t little, most, little_any, line_words;
    std::int32_t apart_days;
    std::size_t weeks;
};

struct Pages {
    std::span<const std::uint64_t> keys;
    std::span<const std::int64_t> line_offsets;
    std::span<const std::uint32_t> words;
    std::span<const std::uint8_t> counted;
};

struct Company {
    std::uint64_t words = 0;
    bool full = false;  // most pages are little else
};

// Asks pages what they share. Lines that are furniture already are gone before it counts.
class Asker {
public:
    Asker(const Pages& pages, std::uint64_t line_words, std::uint64_t seed)
        : pages_(pages), line_words_(line_words), seed_(seed) {}

    Company ask(std::span<const std::int64_t> asked) {
        lines_.clear();
        ends_.clear();
        make_room(asked);
        for (std::size_t p = 0; p < asked.size(); ++p) {
            const auto first =
                static_cast<std::size_t>(pages_.line_offsets[static_cast<std::size_t>(asked[p])]);
            const auto last = static_cast<std::size_t>(
                pages_.line_offsets[static_cast<std::size_t>(asked[p]) + 1]);
            for (std::size_t line = first; line < last; ++line)
                add(line, static_cast<std::uint32_t>(p + 1));
            ends_.push_back(lines_.size());
        }
        return sum_up(asked.size());
    }

private:
    struct Slot {
        std::uint64_t key = 0;
        std::uint32_t words = 0, pages = 0, last_page = 0;  // 0: none
    };

    void make_room(std::span<const std::int64_t> asked) {
        std::size_t most = 0;
        for (const std::int64_t page : asked) {
            const auto at = static_cast<std::size_t>(page);
            most += static_cast<std::size_t>(pages_.line_offsets[at + 1] - pages_.line_offsets[at]);
        }
        slots_.assign(std::bit_ceil(2 * most + 1), Slot{});
    }

    void add(std::size_t line, std::uint32_t page) {
        if (!pages_.counted[line]) return;
        const std::uint64_t key = pages_.keys[line];
        std::size_t at = mix64(key ^ seed_) & (slots_.size() - 1);
        while (slots_[at].pages != 0 && slots_[at].key != key) at = (at + 1) & (slots_.size() - 1);
        Slot& slot = slots_[at];
        if (slot.last_page == page) return;
        slot.key = key;
        slot.words = pages_.words[line];
        slot.last_page = page;
        ++slot.pages;
        lines_.push_back(static_cast<std::uint32_t>(at));
    }

    Company sum_up(std::size_t count) const {
        const auto is_shared = [&](const Slot& slot) {
            return 2 * std::size_t{slot.pages} >= count;
        };
        Company found;
        std::size_t full = 0, line = 0;
        for (const std::size_t end : ends_) {
            std::uint64_t shared = 0, all = 0;
            for (; line < end; ++line) {
                const Slot& slot = slots_[lines_[line]];
                all += slot.words;
                shared += is_shared(slot) ? slot.words : 0;
            }
            full += 2 * shared >= all;
        }
        found.full = 2 * full >= count;
        for (const Slot& slot : slots_) {
            if (slot.pages != 0 && slot.words >= line_words_ && is_shared(slot))
                found.words += slot.words;
        }
        return found;
    }

    const Pages& pages_;
    std::uint64_t line_words_, seed_;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> lines_;  // the slot of each different line of each page
    std::vector<std::size_t> ends_;  // where each page's end
};

std::int32_t week_of(std::int32_t day) { return day >= 0 ? day / 7 : -((-(day + 1)) / 7) - 1; }

struct Time {
    bool comes_back = false, apart = false;
};

Time time_of(std::span<const std::int32_t> days, const Rule& rule,
             std::vector<std::int32_t>& known) {
    known.clear();
    for (const std::int32_t day : days) {
        if (day != kUnknownDay) known.push_back(day);
    }
    if (known.empty()) return {};
    std::ranges::sort(known);
    const bool apart = std::int64_t{known.back()} - known.front() >= rule.apart_days;
    for (std::int32_t& day : known) day = week_of(day);
    const auto different =
        static_cast<std::size_t>(std::ranges::unique(known).begin() - known.begin());
    return {different >= rule.weeks, apart};
}

std::uint8_t verdict_of(std::int32_t scope, std::size_t pages, const Company& company, Time time,
                        const Rule& rule) {
    if (scope == kAllPages) {
        return pages >= rule.any && company.words < rule.little_any && !company.full ? kFurniture
                                                                                     : kBody;
    }
    if (scope < 0) {
        return pages >= rule.unknown && company.words < rule.most && !company.full ? kFurniture
                                                                                   : kBody;
    }
    if (pages < rule.same) return kBody;
    const bool often = pages >= rule.often;
    const std::uint64_t bar = often || time.apart ? rule.most : rule.little;
    if (company.words < bar && !company.full) return kFurniture;
    return time.comes_back || (often && !company.full) ? kStanding : kBody;
}

std::size_t least_pages(std::int32_t scope, const Rule& rule) {
    return scope == kAllPages ? rule.any : scope < 0 ? rule.unknown : rule.same;
}

// The summaries of the same pages side by side: they are asked once.
std::vector<std::uint32_t> order_by_pages(std::span<const std::int32_t> scopes,
                                          std::span<const std::int64_t> offsets,
                                          std::span<const std::int64_t> pages, const Rule& rule) {
    std::vector<Entry> entries;
    for (std::size_t g = 0; g < scopes.size(); ++g) {
        const auto sampled = row(pages, offsets, g);
        if (sampled.size() < least_pages(scopes[g], rule)) continue;
        std::uint64_t hash = sampled.size();
        for (const std::int64_t page : sampled)
            hash = mix64(hash * kShingleBase + static_cast<std::uint64_t>(page));
        entries.push_back({hash, static_cast<std::uint32_t>(g)});
    }
    sort_by_key(entries);
    std::vector<std::uint32_t> order(entries.size());
    std::ranges::transform(entries, order.begin(), &Entry::row);
    return order;
}

// What was found of the lines of each scope, but for those of stories.
class VerdictTable {
public:
    VerdictTable(std::span<const std::uint64_t> keys, std::span<const std::int32_t> scopes,
                 std::span<const std::uint8_t> verdicts) {
        const auto count = static_cast<std::size_t>(
            std::ranges::count_if(verdicts, [](auto v) { return v != kBody; }));
        slots_.resize(std::bit_ceil(4 * count + 1));
        for (std::size_t g = 0; g < keys.size(); ++g) {
            if (verdicts[g] != kBody)
                slot_of(keys[g], scopes[g]) = {keys[g], scopes[g], verdicts[g]};
        }
    }

    std::uint8_t find(std::uint64_t key, std::int32_t scope) { return slot_of(key, scope).verdict; }

private:
    struct Slot {
        std::uint64_t key = 0;
        std::int32_t scope = 0;
        std::uint8_t verdict = kBody;
    };

    Slot& slot_of(std::uint64_t key, std::int32_t scope) {
        const std::size_t mask = slots_.size() - 1;
        std::size_t at = mix64((key ^ seed_) + static_cast<std::uint32_t>(scope)) & mask;
        while (slots_[at].verdict != kBody && (slots_[at].key != key || slots_[at].scope != scope))
            at = (at + 1) & mask;
        return slots_[at];
    }

    std::uint64_t seed_ = random_seed();
    std::vector<Slot> slots_;
};

}  // namespace

void bind_company(nb::module_& module) {
    module.def(
        "company_verdicts",
        [](const Input<std::int32_t>& scopes, const Input<std::int64_t>& offsets,
           const Input<std::int64_t>& pages, const Input<std::int32_t>& days,
           const Input<std::uint64_t>& keys, const Input<std::int64_t>& line_offsets,
           const Input<std::uint32_t>& words, const Input<std::uint8_t>& counted, std::size_t same,
           std::size_t any, std::size_t unknown, std::size_t often, std::uint64_t little,
           std::uint64_t most, std::uint64_t little_any, std::uint64_t line_words,
           std::int32_t apart_days, std::size_t weeks, int threads) {
            const Pages all{view(keys), view(line_offsets), view(words), view(counted)};
            check_offsets(view(offsets), pages.size(), "offsets");
            check_equal(offsets.size(), scopes.size() + 1, "offsets");
            check_equal(days.size(), pages.size(), "days");
            check_offsets(all.line_offsets, keys.size(), "line_offsets");
            check_equal(words.size(), keys.size(), "words");
            check_equal(counted.size(), keys.size(), "counted");
            for (const std::int64_t page : view(pages)) {
                if (page < 0 || static_cast<std::size_t>(page) + 1 >= line_offsets.size()) {
                    throw std::invalid_argument("pages: " + std::to_string(page) +
                                                " is no story's number");
                }
            }
            const Rule rule{same, any,        unknown,    often,      little,
                            most, little_any, line_words, apart_days, weeks};
            std::vector<std::uint8_t> verdicts(scopes.size(), kBody);
            {
                const nb::gil_scoped_release release;
                constexpr std::size_t kChunk = 256;
                const std::uint64_t seed = random_seed();
                const auto order = order_by_pages(view(scopes), view(offsets), view(pages), rule);
                struct State {
                    Asker asker;
                    std::vector<std::int32_t> days;
                };
                const auto make = [&] { return State{Asker(all, line_words, seed), {}}; };
                parallel_chunks(order.size(), threads, kChunk, make,
                                [&](State& state, std::size_t first, std::size_t last) {
                                    std::span<const std::int64_t> asked;
                                    Company company;
                                    for (std::size_t k = first; k < last; ++k) {
                                        const std::size_t g = order[k];
                                        const auto sampled = row(view(pages), view(offsets), g);
                                        if (k == first || !std::ranges::equal(sampled, asked))
                                            company = state.asker.ask(sampled);
                                        asked = sampled;
                                        const Time time = time_of(row(view(days), view(offsets), g),
                                                                  rule, state.days);
                                        verdicts[g] = verdict_of(view(scopes)[g], sampled.size(),
                                                                 company, time, rule);
                                    }
                                });
            }
            return to_numpy(std::move(verdicts));
        },
        nb::arg("scopes"), nb::arg("offsets"), nb::arg("pages"), nb::arg("days"), nb::arg("keys"),
        nb::arg("line_offsets"), nb::arg("words"), nb::arg("counted"), nb::arg("same"),
        nb::arg("any"), nb::arg("unknown"), nb::arg("often"), nb::arg("little"), nb::arg("most"),
        nb::arg("little_any"), nb::arg("line_words"), nb::arg("apart_days"), nb::arg("weeks"),
        nb::arg("threads"));

    module.def(
        "look_up_verdicts",
        [](const Input<std::uint64_t>& keys, const Input<std::int32_t>& scopes,
           const Input<std::uint8_t>& verdicts, const Input<std::uint64_t>& line_keys,
           const Input<std::int64_t>& line_offsets, const Input<std::int32_t>& publishers) {
            check_equal(scopes.size(), keys.size(), "scopes");
            check_equal(verdicts.size(), keys.size(), "verdicts");
            check_offsets(view(line_offsets), line_keys.size(), "line_offsets");
            check_equal(publishers.size(), line_offsets.size() - 1, "publishers");
            std::vector<std::uint8_t> found(line_keys.size(), kBody);
            {
                const nb::gil_scoped_release release;
                VerdictTable table(view(keys), view(scopes), view(verdicts));
                for (std::size_t story = 0; story < publishers.size(); ++story) {
                    const std::int32_t scope = std::max(view(publishers)[story], kUnknownPublisher);
                    for (auto line = view(line_offsets)[story];
                         line < view(line_offsets)[story + 1]; ++line) {
                        const auto at = static_cast<std::size_t>(line);
                        const std::uint64_t key = view(line_keys)[at];
                        const bool anywhere = table.find(key, kAllPages) == kFurniture;
                        found[at] = anywhere ? kFurniture : table.find(key, scope);
                    }
                }
            }
            return to_numpy(std::move(found));
        },
        nb::arg("keys"), nb::arg("scopes"), nb::arg("verdicts"), nb::arg("line_keys"),
        nb::arg("line_offsets"), nb::arg("publishers"));
}

}  // namespace dupdetect
