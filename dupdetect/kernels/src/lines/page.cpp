#include "lines/page.hpp"
#include "numbers.hpp"

#include <algorithm>
#include <bitset>
#include <cstring>

namespace dupdetect {
namespace {

constexpr std::size_t kCountDigits = 3, kOfBytes = 6;  // "Image 1 of 4"
constexpr std::size_t kLabelWords = 3;  // "Read more here:"

bool is_figure(Bytes word) {
    return std::ranges::all_of(word, [](auto c) { return c >= '0' && c <= '9'; });
}

bool is_year(Bytes word) {
    return word.size() == 4 && is_figure(word) &&
           ((word[0] == '1' && word[1] == '9') || (word[0] == '2' && word[1] == '0'));
}

// "3", "31", "3rd", "1er".
bool is_day(Bytes word) {
    std::size_t digits = 0;
    while (digits < word.size() && word[digits] >= '0' && word[digits] <= '9') ++digits;
    return digits >= 1 && digits <= 2 && word.size() - digits <= 2 &&
           std::ranges::all_of(word.subspan(digits), is_lower);
}

// Where the terms of one line stand.
struct Hits {
    static constexpr std::size_t kNone = ~std::size_t{0};

    std::bitset<kTerms> anywhere, at_start;
    std::size_t last_agency = kNone;  // at the end
    bool cut_short = false, picture_soon = false;
    struct Span {
        std::size_t first, end;
    };
    std::vector<Span> months;
    std::vector<std::size_t> sides;

    bool has(Term kind) const { return anywhere[static_cast<std::size_t>(kind)]; }
    bool starts(Term kind) const { return at_start[static_cast<std::size_t>(kind)]; }
};

class LineReader {
public:
    LineReader(Bytes text, const Story& story, const Line& line, const TermTable& terms)
        : text_(text),
          story_(story),
          begin_(line.token_begin),
          end_(line.token_end),
          terms_(terms) {
        const auto words = std::span(story.hashes).subspan(begin_, end_ - begin_);
        terms.search(words, [&](Term kind, std::size_t at, std::size_t size) {
            const bool whole = at == 0 && size == words.size();
            if (kind == Term::kPlayer && !whole) return;
            hits.anywhere.set(static_cast<std::size_t>(kind));
            if (at == 0) hits.at_start.set(static_cast<std::size_t>(kind));
            const bool last = at + size == words.size();
            if (last && kind == Term::kAgency) hits.last_agency = begin_ + at;
            hits.cut_short |= last && kind == Term::kCutShort;
            hits.picture_soon |= kind == Term::kPicture && at < numbers.lines.picture_within;
            if (kind == Term::kMonth) hits.months.push_back({begin_ + at, begin_ + at + size});
            if (kind == Term::kSide) hits.sides.push_back(begin_ + at);
        });
    }

    // 2: with the day of the week, 1: without, 0: none.
    int date() const {
        int best = 0;
        for (const auto& [month, end] : hits.months) {
            const bool day_after = end + 1 < end_ && is_day(word(end)) && is_year(word(end + 1));
            const bool day_before =
                month >= begin_ + 1 && end < end_ && is_day(word(month - 1)) && is_year(word(end));
            if (!day_after && !day_before) continue;
            const std::size_t before = day_after ? 1 : 2;
            const bool weekday = month >= begin_ + before && is(month - before, Term::kWeekday);
            best = std::max(best, weekday ? 2 : 1);
        }
        return best;
    }

    // "Ann Lee, left, and" or "(second from right)": between commas or brackets.
    bool names_sides() const {
        return std::ranges::any_of(hits.sides, [&](std::size_t side) {
            std::size_t first = side;
            while (first > begin_ && side - first < numbers.lines.side_words &&
                   is(first - 1, Term::kBeforeSide))
                --first;
            std::size_t at = story_.starts[first];
            if (at > 0 && text_[at - 1] == ' ') --at;
            if (at == 0 || (text_[at - 1] != ',' && text_[at - 1] != '(')) return false;
            const std::size_t next = story_.ends[side];
            const bool closed = next < text_.size() &&
                                (text_[next] == ',' || text_[next] == ')' || text_[next] == '.');
            return closed || (side + 1 < end_ && is(side + 1, Term::kAnd));
        });
    }

    // Whether it ends with dots, or with a word that asks for more.
    bool is_cut_short() const {
        std::size_t at = story_.ends[end_ - 1];
        while (at < text_.size() && text_[at] == ' ') ++at;
        const auto is = [&](std::size_t k, std::uint8_t c) {
            return at + k < text_.size() && text_[at + k] == c;
        };
        const bool dots =
            (is(0, '.') && is(1, '.') && is(2, '.')) || (is(0, 0xE2) && is(1, 0x80) && is(2, 0xA6));
        return dots || hits.cut_short;
    }

    // Whether such a mark stands before the agency at the end: "Ships wait. (March 3) AP" is what a
    // player says of its film.
    bool has_before_agency(std::uint8_t mark) const {
        if (hits.last_agency == Hits::kNone || hits.last_agency == begin_) return false;
        const std::size_t from = story_.ends[hits.last_agency - 1];
        const Bytes gap = text_.subspan(from, story_.starts[hits.last_agency] - from);
        return std::ranges::find(gap, mark) != gap.end();
    }

    // Whether the agency at the end stands in a bracket that opens inside the line: such a caption
    // has its credit with it, "Ships wait (AP Photo)", "Ann Lee (Photo: Bob Ray, AP)".
    bool has_caption() const {
        if (hits.last_agency == Hits::kNone || hits.last_agency == begin_) return false;
        const std::size_t from = story_.ends[begin_];
        const Bytes before = text_.subspan(from, story_.starts[hits.last_agency] - from);
        for (std::size_t at = before.size(); at-- > 0;) {
            if (before[at] == '(') return true;
            if (before[at] == ')') return false;
        }
        return false;
    }

    // Whether it ends with a name in two words, a slash, and an agency, apart from the rest:
    // "Ships wait in the harbour. (Ann Lee / Reuters)".
    bool is_signed() const {
        if (hits.last_agency == Hits::kNone || hits.last_agency < begin_ + 3) return false;
        const std::size_t name = hits.last_agency - 2;
        const Bytes gap =
            text_.subspan(story_.ends[name - 1], story_.starts[name] - story_.ends[name - 1]);
        const auto is_capital = [&](std::size_t t) {
            const std::uint8_t letter = text_[story_.starts[t]];
            return (letter >= 'A' && letter <= 'Z') || letter >= 0x80;
        };
        return has_before_agency('/') && !(gap.size() == 1 && gap[0] == ' ') && is_capital(name) &&
               is_capital(name + 1);
    }

    // An address to write to: "desk@echo.example".
    bool names_address() const {
        const auto is_letter = [](std::uint8_t c) {
            return is_lower(c | 0x20) || (c >= '0' && c <= '9');
        };
        const std::size_t end = story_.ends[end_ - 1];
        for (std::size_t at = story_.starts[begin_] + 1; at + 1 < end; ++at) {
            const auto* found =
                static_cast<const std::uint8_t*>(std::memchr(text_.data() + at, '@', end - 1 - at));
            if (found == nullptr) return false;
            at = static_cast<std::size_t>(found - text_.data());
            if (is_letter(text_[at - 1]) && is_letter(text_[at + 1])) return true;
        }
        return false;
    }

    // What "1 of 4", "Image 1 of 4" or "1/4" at its start says.
    struct Count {
        std::uint32_t number = 0, of = 0;
        bool alone = false;
    };
    Count counted() const {
        const std::size_t words = end_ - begin_;
        if (words > numbers.lines.caption_most) return {};
        const bool named = hits.starts(Term::kPictureOpening) ||
                           hits.starts(Term::kCreditOpening) || hits.starts(Term::kGalleryTitle);
        const std::size_t first = is_count(begin_) ? begin_ : begin_ + 1;
        if (!is_count(first) || (first > begin_ && !named && !is(begin_, Term::kPicture)))
            return {};
        const bool next = is_count(first + 1);
        const std::size_t last = first + (next ? 1 : 2);
        if (!is_count(last)) return {};
        const bool alone = last + 1 == end_;
        if (next) {
            const bool slash =
                story_.starts[last] == story_.ends[first] + 1 && text_[story_.ends[first]] == '/';
            if (!alone || !slash) return {};
        } else {
            const std::uint8_t letter = text_[story_.starts[first + 1]];
            if (word(first + 1).size() > kOfBytes || !(is_lower(letter) || letter >= 0x80))
                return {};
        }
        const std::uint32_t number = value(first), of = value(last);
        if (number < 1 || number > of) return {};
        return {number, of, alone};
    }

    // Whether bars part it in headlines: three, or two behind a label. Where each has a figure it
    // is a table.
    bool lists_headlines() const {
        std::size_t parts = 0, part = begin_;
        bool labelled = false, figures = true, figure = false;
        for (std::size_t t = begin_; t < end_; ++t) {
            figure |= is_figure(word(t));
            const bool last = t + 1 == end_;
            const Bytes gap =
                text_.subspan(story_.ends[t], last ? 0 : story_.starts[t + 1] - story_.ends[t]);
            labelled |= t - begin_ < kLabelWords && std::ranges::find(gap, ':') != gap.end();
            if (!last && std::ranges::find(gap, '|') == gap.end()) continue;
            if (3 * (t + 1 - part) < numbers.lines.listed_words) return false;
            figures &= figure;
            figure = false;
            part = t + 1;
            ++parts;
        }
        return parts >= (labelled ? 2U : 3U) && !figures;
    }

    Hits hits;

private:
    bool is_count(std::size_t t) const {
        return t < end_ && word(t).size() <= kCountDigits && !word(t).empty() && is_figure(word(t));
    }
    std::uint32_t value(std::size_t t) const {
        std::uint32_t found = 0;
        for (const std::uint8_t c : word(t)) found = 10 * found + (c - '0');
        return found;
    }
    Bytes word(std::size_t t) const { return story_.folded_word(t); }
    bool is(std::size_t t, Term kind) const { return terms_.is_word(story_.hashes[t], kind); }

    Bytes text_;
    const Story& story_;
    std::size_t begin_, end_;
    const TermTable& terms_;
};

// Whether a short text of one line ends without a stop.
bool is_all(Bytes text, const Story& story, std::uint32_t words) {
    if (story.lines.size() > 1 || words > numbers.lines.short_credit_words) return false;
    std::size_t end = text.size();
    while (end > 0 && (text[end - 1] == ' ' || text[end - 1] == '\n')) --end;
    return end == 0 || (text[end - 1] != '.' && text[end - 1] != '!' && text[end - 1] != '?');
}

bool is_credit(const Hits& hits, std::uint32_t words) {
    if (words > numbers.lines.credit_words || hits.starts(Term::kByline)) return false;
    if (hits.last_agency != Hits::kNone) return true;
    const bool brief = words <= numbers.lines.short_credit_words;
    return (hits.starts(Term::kCreditOpening) && (brief || hits.has(Term::kAgency))) ||
           (hits.starts(Term::kAgency) && brief);
}

// Whether a line begins as the other does, to most of the shorter one's length.
bool are_twins(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
    const std::size_t shorter = std::min(a.size(), b.size());
    const auto differ = std::ranges::mismatch(a, b).in1;
    const auto same = static_cast<std::size_t>(differ - a.begin());
    return same >= numbers.lines.twin_words && 5 * same >= 4 * shorter;
}

}  // namespace

PageReader::Facts PageReader::facts_of(Bytes text, const Story& story, const Line& line) const {
    const LineReader reader(text, story, line, terms_);
    const Hits& hits = reader.hits;
    Facts facts;
    facts.words = line.token_end - line.token_begin;
    facts.open = !line.ends_sentence;
    facts.phrase =
        hits.has(Term::kFurniture) ||
        (has_at_ && facts.words <= numbers.lines.contact_words && reader.names_address());
    facts.credit = is_credit(hits, facts.words) && (facts.open || is_all(text, story, facts.words));
    facts.player = hits.has(Term::kPlayer);
    facts.gallery = hits.has(Term::kGallery);
    facts.titled = hits.starts(Term::kGalleryTitle);
    facts.cut_short = facts.words >= numbers.lines.twin_words && reader.is_cut_short();
    facts.source = reader.has_before_agency(')');
    facts.captioned = reader.has_caption() || hits.starts(Term::kSignOff) ||
                      (facts.titled && !hits.has(Term::kAgency));
    facts.signed_by_name = facts.open && reader.is_signed();
    facts.headlines =
        facts.open && facts.words >= numbers.lines.listed_words && reader.lists_headlines();
    const auto count = reader.counted();
    facts.number = count.number;
    facts.of = count.of;
    facts.alone = count.alone;
    if (facts.words < numbers.lines.caption_least || facts.words > numbers.lines.caption_most)
        return facts;
    const bool opening =
        hits.starts(Term::kOpening) || (hits.starts(Term::kPictureOpening) && hits.picture_soon);
    const bool hint = hits.has(Term::kCaptionHint) || reader.names_sides();
    const int date = reader.date();
    const bool sure = opening || hits.has(Term::kCaption) || (hint && date == 2);
    facts.caption = sure || (hint && date == 1 && facts.words <= numbers.lines.caption_usual);
    facts.hint = sure || hint || date > 0;
    return facts;
}

const std::vector<std::uint8_t>& PageReader::read(Bytes text, const Story& story) {
    facts_.clear();
    flags_.clear();
    has_at_ = !text.empty() && std::memchr(text.data(), '@', text.size()) != nullptr;
    for (const Line& line : story.lines) {
        const Facts facts = facts_of(text, story, line);
        flags_.push_back(static_cast<std::uint8_t>(
            (line.ends_sentence ? kEndsSentence : 0) | (line.ends_colon ? kEndsColon : 0) |
            (facts.phrase ? kHasPhrase : 0) | (facts.credit ? kCredit : 0) |
            (facts.caption ? kCaption : 0) | (line.link_list || facts.headlines ? kLinkList : 0)));
        facts_.push_back(facts);
    }
    mark_credits();
    mark_twins(story);
    mark_players();
    mark_galleries(text, story);
    mark_counted();
    return flags_;
}

bool PageReader::prose_follows(std::size_t line) const {
    const std::size_t last = std::min(facts_.size(), line + numbers.lines.prose_within);
    return std::any_of(facts_.begin() + static_cast<std::ptrdiff_t>(line) + 1,
                       facts_.begin() + static_cast<std::ptrdiff_t>(std::max(last, line + 1)),
                       [](const Facts& facts) { return facts.is_prose(); });
}

// The line before a credit is its caption, where it does not continue prose and prose follows. So
// is a line that ends with its credit, before prose: behind it a story is signed in that way.
void PageReader::mark_credits() {
    for (std::size_t line = 0; line < facts_.size(); ++line) {
        const Facts& here = facts_[line];
        if (here.signed_by_name && here.words >= numbers.lines.credited_least &&
            here.words <= numbers.lines.caption_usual && prose_follows(line))
            flags_[line] |= kCaption;
        if (line == 0) continue;
        if (!facts_[line].credit || facts_[line].captioned) continue;
        const Facts& before = facts_[line - 1];
        if (before.words < numbers.lines.credited_least ||
            before.words > numbers.lines.caption_usual || !prose_follows(line))
            continue;
        const bool alone =
            line == 1 || !facts_[line - 2].is_running() || (flags_[line - 2] & kCaption) != 0;
        if (alone || before.hint) flags_[line - 1] |= kCaption;
    }
}

// A caption that is printed twice, or first as a teaser: both go, but of an open line and a
// sentence the sentence stays, and so does a paragraph that goes on for much longer.
void PageReader::mark_twins(const Story& story) {
    const auto words_of = [&](std::size_t line) {
        const Line& here = story.lines[line];
        return std::span(story.hashes).subspan(here.token_begin, here.token_end - here.token_begin);
    };
    std::vector<std::size_t> group;
    for (std::size_t line = 0; line < facts_.size(); ++line) {
        if (facts_[line].words < numbers.lines.twin_words) continue;
        group.assign(1, line);
        for (std::size_t next = line + 1;
             next < std::min(facts_.size(), line + numbers.lines.twin_lines + 1); ++next) {
            if (are_twins(words_of(line), words_of(next))) group.push_back(next);
        }
        if (group.size() == 1) continue;
        const auto is_open = [&](std::size_t k) { return facts_[k].open; };
        const auto words = [&](std::size_t k) { return facts_[k].words; };
        const bool mixed =
            std::ranges::any_of(group, is_open) && !std::ranges::all_of(group, is_open);
        const std::size_t longest = *std::ranges::max_element(group, {}, words);
        const std::uint32_t shortest = words(*std::ranges::min_element(group, {}, words));
        const bool goes_on =
            2 * words(longest) >= 3 * shortest &&
            std::ranges::none_of(group, [&](std::size_t k) { return facts_[k].cut_short; });
        for (const std::size_t k : group) {
            if (mixed ? is_open(k) : !(goes_on && k == longest)) flags_[k] |= kTwin;
        }
    }
}

// From a player's button to the next credit.
void PageReader::mark_players() {
    for (std::size_t line = 0; line < facts_.size(); ++line) {
        if (!facts_[line].player) continue;
        const std::size_t last = std::min(facts_.size(), line + numbers.lines.player_lines + 1);
        for (std::size_t next = line + 1; next < last; ++next) {
            if (!facts_[next].credit && !facts_[next].source) continue;
            for (std::size_t k = line; k <= next; ++k) flags_[k] |= kPlayer;
            break;
        }
    }
}

// Captions between the buttons of a gallery, those that have one with them, those under a title in
// the paragraph of one, and several under one title each: "Photos: The regatta - A boat turns."
void PageReader::mark_galleries(Bytes text, const Story& story) {
    // Whether two lines are sentences of one paragraph.
    const auto together = [&](std::size_t first, std::size_t last) {
        const std::size_t begin = story.starts[story.lines[first].token_begin],
                          end = story.starts[story.lines[last].token_begin];
        const Bytes between = text.subspan(begin, end - begin);
        return std::ranges::find(between, '\n') == between.end();
    };
    std::size_t before = facts_.size(), title = facts_.size();  // the last of each
    for (std::size_t line = 0; line < facts_.size(); ++line) {
        if (facts_[line].titled) title = line;
        if (!facts_[line].gallery) continue;
        std::size_t first = line;
        if (before < line && line - before <= numbers.lines.gallery_lines) first = before;
        if (title < first && together(title, line)) first = title;
        for (std::size_t k = first; k <= line; ++k) flags_[k] |= kCaption;
        before = line;
    }
    const auto titled = [](const Facts& facts) { return facts.titled; };
    if (std::ranges::count_if(facts_, titled) < numbers.lines.titled_lines) return;
    for (std::size_t line = 0; line < facts_.size(); ++line)
        if (facts_[line].titled) flags_[line] |= kCaption;
}

// Captions that are counted, "Image 1 of 4: ...", or the count, and the caption below. What stands
// below the last one is taken for its caption where nothing long stands above the first: else
// captions may stand above their counts.
void PageReader::mark_counted() {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> known;
    for (const Facts& facts : facts_)
        if (facts.of > 0) known.emplace_back(facts.of, facts.number);
    if (known.size() < 2) return;
    std::ranges::sort(known);
    const auto has = [&](std::uint32_t of, std::uint32_t number) {
        return std::ranges::binary_search(known, std::pair{of, number});
    };
    std::vector<std::size_t> lines;
    for (std::size_t line = 0; line < facts_.size(); ++line) {
        const auto& [number, of] = std::pair{facts_[line].number, facts_[line].of};
        if (of > 0 && (has(of, number - 1) || has(of, number + 1))) lines.push_back(line);
    }
    for (std::size_t k = 0; k < lines.size(); ++k) {
        const std::size_t line = lines[k], first = lines.front();
        flags_[line] |= kCaption;
        if (!facts_[line].alone) continue;
        const bool below = first == 0 || facts_[first - 1].words < numbers.lines.caption_least;
        const bool last = k + 1 == lines.size();
        const std::size_t end = !last ? lines[k + 1] : line + (below ? 2 : 1);
        const std::uint32_t most = numbers.lines.caption_usual / (last ? 3 : 1);
        if (end - line > numbers.lines.gallery_lines) continue;
        for (std::size_t next = line + 1; next < std::min(end, facts_.size()); ++next)
            if (facts_[next].words <= most) flags_[next] |= kCaption;
    }
}

}  // namespace dupdetect
