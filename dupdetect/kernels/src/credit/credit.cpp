// Agency credits: names that stand where newspapers name the agency, at a story's start and end.
// Forms are sequences of byte runs (class, least, greatest), matched outwards from the name.
#include <algorithm>
#include <array>
#include <bitset>
#include <cstring>
#include <numeric>
#include <stdexcept>

#include "common/arrays.hpp"
#include "common/bind.hpp"
#include "common/parallel.hpp"
#include "common/platform.hpp"
#include "numbers.hpp"

namespace dupdetect {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t context = kCompiled.credit.context;
constexpr std::uint8_t dateline = 0;
constexpr std::uint8_t byline = 1;
constexpr std::uint8_t signoff = 2;
constexpr std::uint8_t inside = 3;
constexpr std::uint8_t mention = 4;
constexpr std::uint8_t author = 5;
constexpr std::size_t bracket_reach = kCompiled.credit.bracket_reach;
constexpr std::uint8_t line_starts = 1;
constexpr std::uint8_t line_ends = 2;
constexpr std::uint8_t after_stop = 4;
constexpr std::size_t stories_per_chunk = 256;

struct Tables {
    Bytes names;
    std::span<const std::int64_t> name_offsets;
    std::span<const std::int32_t> name_agency;
    Bytes name_level, form_place, form_level, form_anchor;
    std::span<const std::int64_t> form_sequences, sequence_runs;
    Bytes runs, classes;
    std::size_t head, tail;
    bool fields;

    Bytes name(std::size_t i) const { return row(names, name_offsets, i); }
};

struct Find {
    std::int64_t story;
    std::int32_t agency;
    std::uint8_t place;
    std::int64_t byte_start, byte_end, char_start, char_end;
};

std::uint32_t load_up_to_4(Bytes bytes) {
    std::uint32_t word = 0;
    if (bytes.size() >= sizeof word) {
        std::memcpy(&word, bytes.data(), sizeof word);
    } else {
        std::memcpy(&word, bytes.data(), bytes.size());
    }
    return word;
}

using ByteSet = std::bitset<256>;

// Which bytes may stand right before and right behind a name for each form: most forms are ruled
// out by one of the two.
class Neighbours {
public:
    explicit Neighbours(const Tables& tables) : members_(tables.classes.size() / 256) {
        for (std::size_t i = 0; i < tables.classes.size(); ++i) {
            members_[i / 256][i % 256] = tables.classes[i] != 0;
        }
        const std::size_t forms = tables.form_place.size();
        for (std::size_t side = 0; side < 2 * forms; ++side) {
            sides_.push_back(nearest(tables, side, side % 2 == 0));
        }
    }
    bool admit(std::size_t form, Bytes before, Bytes after) const {
        return (before.empty() || sides_[2 * form][before.back()]) &&
               (after.empty() || sides_[2 * form + 1][after.front()]);
    }

private:
    ByteSet nearest(const Tables& tables, std::size_t side, bool backward) const {
        ByteSet found;
        const auto first = static_cast<std::size_t>(tables.form_sequences[side]);
        const auto last = static_cast<std::size_t>(tables.form_sequences[side + 1]);
        for (std::size_t sequence = first; sequence < last; ++sequence) {
            const auto from = static_cast<std::size_t>(tables.sequence_runs[sequence]);
            const auto to = static_cast<std::size_t>(tables.sequence_runs[sequence + 1]);
            bool reached = true;  // whether what comes next may be nearest
            for (std::size_t step = from; reached && step < to; ++step) {
                const Bytes run = tables.runs.subspan(3 * (backward ? from + to - 1 - step : step));
                if (run[2] != 0) found |= members_[run[0]];
                reached = run[1] == 0;
            }
            if (reached) return ByteSet().set();
        }
        return found;
    }

    std::vector<ByteSet> members_;
    std::vector<ByteSet> sides_;
};

// Names by their first two bytes; within a bucket in the order given, which is longest first.
class NameIndex {
public:
    struct Entry {
        std::uint32_t bytes, mask;  // the name's first four bytes, or as many as it has
        std::uint32_t name;
    };

    explicit NameIndex(const Tables& tables)
        : first_((1U << 16U) + 1, 0), entries_(tables.name_agency.size()) {
        const std::uint32_t names = static_cast<std::uint32_t>(entries_.size());
        for (std::uint32_t i = 0; i < names; ++i) {
            const Bytes name = tables.name(i);
            if (name.size() < 2) {
                throw std::invalid_argument("names: " + std::to_string(name.size()) +
                                            " bytes in one name, expected two or more");
            }
            known_.set(key(name));
            ++first_[key(name) + 1];
        }
        std::partial_sum(first_.begin(), first_.end(), first_.begin());
        std::vector<std::uint32_t> next = first_;
        constexpr std::array<std::uint8_t, 4> ones{0xFF, 0xFF, 0xFF, 0xFF};
        for (std::uint32_t i = 0; i < names; ++i) {
            const Bytes name = tables.name(i);
            const Bytes mask = Bytes(ones).first(std::min<std::size_t>(name.size(), 4));
            entries_[next[key(name)]++] = {load_up_to_4(name), load_up_to_4(mask), i};
        }
    }
    // Whether any name begins with the two bytes at `text`.
    bool known(Bytes text) const { return known_[key(text)]; }
    std::span<const Entry> names(Bytes text) const {
        const std::size_t first = first_[key(text)];
        return std::span(entries_).subspan(first, first_[key(text) + 1] - first);
    }

private:
    static std::size_t key(Bytes text) { return text[0] | static_cast<std::size_t>(text[1]) << 8U; }

    std::bitset<1U << 16U> known_;  // small enough for the innermost cache
    std::vector<std::uint32_t> first_;
    std::vector<Entry> entries_;
};

bool is_space(std::uint8_t byte) {
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\v' || byte == '\f';
}

bool is_letter(std::uint8_t byte) { return static_cast<std::uint8_t>((byte | 0x20U) - 'a') < 26; }

// Whether a word in Latin letters without marks goes on from the byte before to the one at `at`. A
// small letter before a capital is none of the word: scans take brackets for it.
bool continues_word(Bytes text, std::size_t at) {
    const std::uint8_t before = at > 0 ? text[at - 1] : 0;
    const unsigned both = is_letter(before) & is_letter(text[at]);
    return (both & ((before & 0x20U) <= (text[at] & 0x20U))) != 0;
}

// Whether such a word goes on behind a name.
bool goes_on(Bytes text, std::size_t end) {
    return end < text.size() && is_letter(text[end]) && is_letter(text[end - 1]);
}

// Whether a byte ends a sentence or, as the last one of a mark outside ASCII, may.
bool ends_sentence(std::uint8_t byte) {
    return byte >= 0x80 || byte == '.' || byte == '!' || byte == '?' || byte == ')' ||
           byte == ']' || byte == '"' || byte == '\'';
}

// What stands on the line before and after a name; `starts` and `ends` say whether it is whole.
struct Line {
    Bytes before, after;
    bool starts, ends, last;
    bool after_stop;  // the text before the line ends a sentence
};

Line line_around(Bytes story, std::size_t start, std::size_t end) {
    const std::size_t floor = start > context ? start - context : 0;
    const std::size_t ceiling = std::min(story.size(), end + context);
    std::size_t first = start;
    while (first > floor && story[first - 1] != '\n') --first;
    std::size_t last = end;
    while (last < ceiling && story[last] != '\n') ++last;
    Line line{};
    line.starts = first > floor || floor == 0;
    line.ends = last < ceiling || ceiling == story.size();
    line.last =
        line.ends && std::all_of(story.begin() + static_cast<std::ptrdiff_t>(last), story.end(),
                                 [](std::uint8_t byte) { return byte == '\n' || is_space(byte); });
    std::size_t left = line.starts ? first : 0;
    const std::size_t reach = left > context ? left - context : 0;
    while (left > reach && (story[left - 1] == '\n' || is_space(story[left - 1]))) --left;
    line.after_stop = left > reach && ends_sentence(story[left - 1]);
    while (line.starts && first < start && is_space(story[first])) ++first;
    while (line.ends && last > end && is_space(story[last - 1])) --last;
    line.before = story.subspan(first, start - first);
    line.after = story.subspan(end, last - end);
    return line;
}

// Positions reachable through a sequence of runs, all at once: no backtracking, so the cost is
// bounded whatever the text. Backward sequences are read from their end.
template <bool Backward>
bool reaches(const Tables& tables, std::size_t sequence, Bytes line, bool to_edge) {
    using Reached = std::bitset<context + 1>;
    Reached reached;
    reached.set(0);
    std::size_t lowest = 0;
    std::size_t highest = 0;
    const auto first = static_cast<std::size_t>(tables.sequence_runs[sequence]);
    const auto last = static_cast<std::size_t>(tables.sequence_runs[sequence + 1]);
    for (std::size_t step = first; step < last; ++step) {
        const std::size_t at = Backward ? first + last - 1 - step : step;
        const Bytes run = tables.runs.subspan(3 * at, 3);
        const Bytes members = tables.classes.subspan(std::size_t{256} * run[0], 256);
        Reached onward;
        std::size_t onward_lowest = context + 1;
        std::size_t onward_highest = 0;
        for (std::size_t from = lowest; from <= highest; ++from) {
            if (!reached[from]) continue;
            for (std::size_t length = 0;; ++length) {
                const std::size_t to = from + length;
                if (length >= run[1]) {
                    onward.set(to);
                    onward_lowest = std::min(onward_lowest, to);
                    onward_highest = std::max(onward_highest, to);
                }
                if (length == run[2] || to == line.size()) break;
                const std::uint8_t byte = Backward ? line[line.size() - 1 - to] : line[to];
                if (members[byte] == 0) break;
            }
        }
        if (onward.none()) return false;
        reached = onward;
        lowest = onward_lowest;
        highest = onward_highest;
    }
    return !to_edge || reached[line.size()];
}

template <bool Backward>
bool any_reaches(const Tables& tables, std::size_t alternatives, Bytes line, bool to_edge) {
    const auto first = static_cast<std::size_t>(tables.form_sequences[alternatives]);
    const auto last = static_cast<std::size_t>(tables.form_sequences[alternatives + 1]);
    for (std::size_t sequence = first; sequence < last; ++sequence) {
        if (reaches<Backward>(tables, sequence, line, to_edge)) return true;
    }
    return false;
}

bool stands_in(const Tables& tables, const Neighbours& neighbours, std::uint8_t place,
               std::uint8_t level, const Line& line) {
    for (std::size_t form = 0; form < tables.form_place.size(); ++form) {
        if (tables.form_place[form] != place || level > tables.form_level[form]) continue;
        if (!neighbours.admit(form, line.before, line.after)) continue;
        const bool from_start = (tables.form_anchor[form] & line_starts) != 0;
        const bool to_end = (tables.form_anchor[form] & line_ends) != 0;
        const bool must_follow = (tables.form_anchor[form] & after_stop) != 0;
        if (must_follow && !line.after_stop) continue;
        if ((from_start && !line.starts) || (to_end && !line.ends)) continue;
        if (any_reaches<false>(tables, 2 * form + 1, line.after, to_end) &&
            any_reaches<true>(tables, 2 * form, line.before, from_start)) {
            return true;
        }
    }
    return false;
}

std::int64_t characters(Bytes bytes) {
    return std::count_if(bytes.begin(), bytes.end(),
                         [](std::uint8_t byte) { return (byte & 0xC0U) != 0x80U; });
}

class StoryScan {
public:
    StoryScan(const Tables& tables, const NameIndex& index, const Neighbours& neighbours,
              std::vector<Find>& finds)
        : tables_(tables), index_(index), neighbours_(neighbours), finds_(finds) {}

    void story(std::int64_t number, Bytes text, bool whole) {
        if (text.size() < 2) return;
        const std::size_t last = text.size() - 1;  // of the places where two bytes can begin
        const std::size_t tail_from = text.size() > tables_.tail ? text.size() - tables_.tail : 0;
        const std::size_t head_to = tables_.fields ? last : std::min(tables_.head, last);
        std::size_t onward = places(number, text, 0, head_to, tail_from, 0);
        const std::size_t middle_to = std::min(tail_from, last);
        onward = whole ? places(number, text, head_to, middle_to, last, onward)
                       : brackets(number, text, head_to, middle_to, onward);
        places(number, text, std::max(head_to, tail_from), last, tail_from, onward);
    }

private:
    static std::size_t next(Bytes text, std::size_t from, std::size_t last, char mark) {
        if (from >= last) return last;
        const void* found = std::memchr(&text[from], mark, last - from);
        if (found == nullptr) return last;
        return static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - text.data());
    }

    // Looks at the places soon behind an opening bracket or a stroke, between the story's ends.
    std::size_t brackets(std::int64_t number, Bytes text, std::size_t first, std::size_t last,
                         std::size_t onward) {
        const std::size_t from = first > bracket_reach ? first - bracket_reach : 0;
        std::size_t bracket = next(text, from, last, '(');
        std::size_t stroke = next(text, from, last, '/');
        while (first < last && std::min(bracket, stroke) < last) {
            const std::size_t open = std::min(bracket, stroke) + 1;
            const std::size_t end = std::min(open + bracket_reach, last);
            onward = places(number, text, std::max(first, open), end, last, onward);
            first = std::max(first, end);
            (bracket < stroke ? bracket : stroke) =
                next(text, open, last, bracket < stroke ? '(' : '/');
        }
        return onward;
    }

    // Looks at the places from `first` to `last`, from `onward` on; returns where to go on.
    std::size_t places(std::int64_t number, Bytes text, std::size_t first, std::size_t last,
                       std::size_t tail_from, std::size_t onward) {
        constexpr std::size_t block = 256;
        std::array<std::size_t, block> found;
        for (; first < last; first += block) {
            std::size_t count = 0;  // noted without a branch: one in ten begins like a name
            for (std::size_t at = first; at < std::min(first + block, last); ++at) {
                found[count] = at;
                count += index_.known(text.subspan(at, 2));
            }
            for (const std::size_t at : std::span(found).first(count)) {
                if (at >= onward && !continues_word(text, at))
                    onward = credit(number, text, at, tail_from);
            }
        }
        return onward;
    }

    // Where to go on: behind the credit found, or one byte further.
    std::size_t credit(std::int64_t number, Bytes text, std::size_t at, std::size_t tail_from) {
        const Bytes rest = text.subspan(at);
        const std::uint32_t begins = load_up_to_4(rest);
        for (const NameIndex::Entry& entry : index_.names(rest)) {
            if ((begins & entry.mask) != entry.bytes) continue;
            const Bytes spelling = tables_.name(entry.name);
            if (spelling.size() > rest.size() ||
                !std::equal(spelling.begin(), spelling.end(), rest.begin())) {
                continue;
            }
            const std::size_t end = at + spelling.size();
            if (goes_on(text, end)) continue;
            const int place = place_of(line_around(text, at, end), tables_.name_level[entry.name],
                                       at < tables_.head, at >= tail_from);
            if (place < 0) continue;
            const std::int64_t before = characters(text.first(at));
            finds_.push_back({number, tables_.name_agency[entry.name],
                              static_cast<std::uint8_t>(place), static_cast<std::int64_t>(at),
                              static_cast<std::int64_t>(end), before,
                              before + characters(spelling)});
            return end;
        }
        return at + 1;
    }

    int place_of(const Line& line, std::uint8_t level, bool in_head, bool in_tail) const {
        const auto stands = [&](std::uint8_t place) {
            return stands_in(tables_, neighbours_, place, level, line);
        };
        if (tables_.fields) return stands(byline) ? byline : stands(author) ? author : -1;
        if (in_head && stands(dateline)) return dateline;
        if (in_head && !line.last && stands(byline)) return byline;
        if (in_tail && stands(signoff)) return signoff;
        if (stands(inside)) return in_head ? dateline : inside;
        return stands(mention) ? mention : -1;
    }

    const Tables& tables_;
    const NameIndex& index_;
    const Neighbours& neighbours_;
    std::vector<Find>& finds_;
};

// Only the ends of a story are looked at, so that the processor does not see the next one coming.
void fetch_ahead(const Tables& tables, Bytes text) {
    constexpr std::size_t line = 64;
    const std::size_t tail = std::min(tables.tail, text.size());
    for (const Bytes part : {text.first(std::min(tables.head, text.size())), text.last(tail)}) {
        for (std::size_t at = 0; at < part.size(); at += line) fetch(&part[at]);
    }
}

void check(const Tables& t) {
    const std::size_t names = t.name_agency.size();
    const std::size_t forms = t.form_place.size();
    check_offsets(t.name_offsets, t.names.size(), "name_offsets");
    check_equal(t.name_offsets.size(), names + 1, "name_offsets");
    check_equal(t.name_level.size(), names, "name_level");
    check_equal(t.form_level.size(), forms, "form_level");
    check_equal(t.form_anchor.size(), forms, "form_anchor");
    check_offsets(t.sequence_runs, t.runs.size() / 3, "sequence_runs");
    check_offsets(t.form_sequences, t.sequence_runs.size() - 1, "form_sequences");
    check_equal(t.form_sequences.size(), 2 * forms + 1, "form_sequences");
    check_equal(t.runs.size() % 3, 0, "runs (left over after groups of three)");
    check_equal(t.classes.size() % 256, 0, "classes (left over after groups of 256)");
    for (std::size_t run = 0; run < t.runs.size(); run += 3) {
        if (256U * (std::size_t{t.runs[run]} + 1) > t.classes.size()) {
            throw std::invalid_argument("runs: class " + std::to_string(t.runs[run]) +
                                        " is not among the classes given");
        }
    }
}

template <typename T, typename Member>
Output<T> column(const std::vector<Find>& finds, Member member) {
    std::vector<T> values(finds.size());
    std::transform(finds.begin(), finds.end(), values.begin(), member);
    return to_numpy(std::move(values));
}

nb::tuple scan_credits(Input<std::uint8_t> text, Input<std::int64_t> offsets,
                       Input<std::uint8_t> names, Input<std::int64_t> name_offsets,
                       Input<std::int32_t> name_agency, Input<std::uint8_t> name_level,
                       Input<std::uint8_t> form_place, Input<std::uint8_t> form_level,
                       Input<std::uint8_t> form_anchor, Input<std::int64_t> form_sequences,
                       Input<std::int64_t> sequence_runs, Input<std::uint8_t> runs,
                       Input<std::uint8_t> classes, Input<std::uint8_t> whole, std::size_t head,
                       std::size_t tail, bool fields, int threads) {
    const Bytes bytes = view(text);
    const std::span<const std::int64_t> rows = view(offsets);
    const Tables tables{view(names),
                        view(name_offsets),
                        view(name_agency),
                        view(name_level),
                        view(form_place),
                        view(form_level),
                        view(form_anchor),
                        view(form_sequences),
                        view(sequence_runs),
                        view(runs),
                        view(classes),
                        head,
                        tail,
                        fields};
    std::vector<Find> finds;
    {
        const nb::gil_scoped_release released;
        check_offsets(rows, bytes.size(), "offsets");
        check(tables);
        const std::span<const std::uint8_t> wholes = view(whole);
        check_equal(wholes.size(), rows.size() - 1, "whole");
        const NameIndex index(tables);
        const Neighbours neighbours(tables);
        const std::size_t stories = rows.size() - 1;
        std::vector<std::vector<Find>> parts((stories + stories_per_chunk - 1) / stories_per_chunk);
        parallel_chunks(
            stories, threads, stories_per_chunk, [&](std::size_t first, std::size_t last) {
                StoryScan scan(tables, index, neighbours, parts[first / stories_per_chunk]);
                for (std::size_t i = first; i < last; ++i) {
                    if (i + 1 < last) fetch_ahead(tables, row(bytes, rows, i + 1));
                    scan.story(static_cast<std::int64_t>(i), row(bytes, rows, i), wholes[i] != 0);
                }
            });
        for (const std::vector<Find>& part : parts) {
            finds.insert(finds.end(), part.begin(), part.end());
        }
    }
    return nb::make_tuple(column<std::int64_t>(finds, [](const Find& f) { return f.story; }),
                          column<std::int32_t>(finds, [](const Find& f) { return f.agency; }),
                          column<std::uint8_t>(finds, [](const Find& f) { return f.place; }),
                          column<std::int64_t>(finds, [](const Find& f) { return f.byte_start; }),
                          column<std::int64_t>(finds, [](const Find& f) { return f.byte_end; }),
                          column<std::int64_t>(finds, [](const Find& f) { return f.char_start; }),
                          column<std::int64_t>(finds, [](const Find& f) { return f.char_end; }));
}

}  // namespace

void bind_credit(nb::module_& module) {
    using namespace nb::literals;
    module.def("scan_credits", &scan_credits, "text"_a, "offsets"_a, nb::kw_only(), "names"_a,
               "name_offsets"_a, "name_agency"_a, "name_level"_a, "form_place"_a, "form_level"_a,
               "form_anchor"_a, "form_sequences"_a, "sequence_runs"_a, "runs"_a, "classes"_a,
               "whole"_a, "head"_a, "tail"_a, "fields"_a, "threads"_a = 1,
               "Agency names that stand in a credit; see dupdetect.kernels.reference.credit.");
}

}  // namespace dupdetect
