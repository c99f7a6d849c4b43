// Folding, tokens, sentences, quotations and lines in one pass over UTF-8.
#include <algorithm>
#include <array>
#include <string_view>

#include "common/arrays.hpp"
#include "common/bind.hpp"
#include "common/parallel.hpp"
#include "common/signals.hpp"
#include "fold_table.hpp"
#include "numbers.hpp"
#include "text/link_lists.hpp"
#include "text/posts.hpp"
#include "text/transcripts.hpp"
#include "text/words.hpp"
#include "text/xxh3.hpp"

namespace dupdetect {
namespace {

enum Kind : std::uint32_t {
    kOther,
    kWord,
    kSingle,
    kDrop,
    kApostrophe,
    kQuoteOpen,
    kQuoteClose,
    kQuoteToggle,
    kTerminator,
    kNewline,
    kSpace,
    kCloser,
    kFullTerminator,
    kQuoteSingle,
    kColon
};

struct Char {
    std::uint32_t entry, length;
    Kind kind() const { return static_cast<Kind>(entry & 15U); }
};

std::uint32_t fold_entry(std::uint32_t point) {
    return kFoldEntries[static_cast<std::size_t>(kFoldIndex[point >> 7]) * 128 + (point & 127U)];
}

struct Ascii {
    std::array<std::uint8_t, 256> kind{};
    Ascii() {
        for (std::uint32_t c = 0; c < 128; ++c) {
            kind[c] = static_cast<std::uint8_t>(fold_entry(c) & 15U);
        }
        for (std::size_t c = 128; c < 256; ++c) kind[c] = 255;
    }
};
const Ascii kAscii;

Char decode(Bytes text, std::size_t at) {
    const std::uint32_t lead = text[at];
    const auto tail = [&](std::size_t k) -> std::uint32_t {
        return at + k < text.size() && (text[at + k] & 0xC0U) == 0x80U ? text[at + k] & 0x3FU : 64U;
    };
    if (lead >= 0xC2 && lead < 0xE0) {
        const std::uint32_t t1 = tail(1);
        if (t1 < 64) return {fold_entry((lead & 0x1FU) << 6 | t1), 2};
    } else if (lead >= 0xE0 && lead < 0xF0) {
        const std::uint32_t t1 = tail(1), t2 = tail(2);
        const std::uint32_t point = (lead & 0x0FU) << 12 | t1 << 6 | t2;
        const bool surrogate = point >= 0xD800 && point < 0xE000;
        if (t1 < 64 && t2 < 64 && point >= 0x800 && !surrogate) return {fold_entry(point), 3};
    } else if (lead >= 0xF0 && lead < 0xF5) {
        const std::uint32_t t1 = tail(1), t2 = tail(2), t3 = tail(3);
        const std::uint32_t point = (lead & 7U) << 18 | t1 << 12 | t2 << 6 | t3;
        if (t1 < 64 && t2 < 64 && t3 < 64 && point >= 0x10000 && point < 0x110000) {
            return {fold_entry(point), 4};
        }
    }
    return {kOther, 1};
}

bool stands_in(std::uint8_t c, std::string_view among) {
    return among.find(static_cast<char>(c)) != std::string_view::npos;
}

bool is_digit(std::uint8_t c) { return c >= '0' && c <= '9'; }

class Splitter {
    enum End : std::uint8_t { kNoEnd, kWeakEnd, kStrongEnd };

public:
    Splitter(Bytes text, Story& story) : text_(text), out_(story) {}

    void run() {
        out_.clear();
        const Runs runs = find_ascii_words(text_, out_);
        const std::size_t most = text_.size() / 2 + 1 + kPad;
        out_.starts.resize(most);
        out_.ends.resize(most);
        out_.marks.resize(most);
        out_.words.resize(most);
        std::ranges::fill(out_.marks, std::uint8_t{0});
        std::size_t before = 0;  // the end of the run before
        for (std::size_t k = 0; k < runs.breaks; ++k) {
            const std::size_t run = out_.run_breaks[k];
            const std::size_t next = k + 1 < runs.breaks ? out_.run_breaks[k + 1] : runs.count;
            const std::size_t begin = out_.run_begins[run];
            if (!read_frequent_gap(before, begin)) {
                place_words(run);
                read_gap(before, begin);
            }
            if (in_word_) {
                lengthen_word(begin, out_.run_ends[run]);
                placed_ = run + 1;
            } else {
                begin_word(begin);
            }
            const std::size_t plain = next - run - 1;
            if (quoted_ != 0)
                std::ranges::fill(std::span(out_.marks).subspan(count_, plain), kQuoted);
            count_ += plain;
            before = out_.run_ends[next - 1];
            last_start_ = placed_ < next ? out_.run_begins[next - 1] : out_.starts[count_ - 1];
        }
        place_words(runs.count);
        read_gap(before, text_.size());
        in_word_ = false;
        if ((quoted_ & kDoubleMarks) != 0) open_ends_.push_back(count_);
        close_line();
        out_.starts.resize(count_);
        out_.ends.resize(count_);
        out_.marks.resize(count_);
        out_.words.resize(count_);
        split_flowing();
        out_.folded.resize(out_.folded.size() + kPad);
        drop_long_quotations();
        mark_posts(text_, out_);
        mark_transcripts(text_, out_);
    }

private:
    // Of so many words in quotation marks, or of fewer where no mark closes them before the line
    // ends, one mark was lost or is none: they are no quotation.
    void drop_long_quotations() {
        const auto is_quoted = [&](std::size_t t) { return (out_.marks[t] & kQuoted) != 0; };
        auto open = open_ends_.begin();
        std::size_t last = 0;
        for (std::size_t first = next_quoted(0); first < count_; first = next_quoted(last)) {
            last = first;
            while (last < count_ && is_quoted(last) &&
                   (last == first || (out_.marks[last] & kLineStart) == 0)) {
                ++last;
            }
            open = std::lower_bound(open, open_ends_.end(), last);
            const bool is_open = open != open_ends_.end() && *open == last;
            const bool opens_again = last < count_ && is_quoted(last);
            const auto of_open =
                opens_again ? numbers.text.long_open_quotation : numbers.text.long_lost_quotation;
            if (last - first <= (is_open ? of_open : numbers.text.long_quotation)) continue;
            for (std::size_t t = first; t < last; ++t) out_.marks[t] ^= kQuoted;
        }
    }

    // The first word in quotation marks from one on: eight are looked at in a step.
    std::size_t next_quoted(std::size_t word) const {
        constexpr std::size_t kStep = 8;
        constexpr std::uint64_t kAny = 0x0101010101010101ULL * kQuoted;
        while (word + kStep <= count_ && (xxh3::read<std::uint64_t>(out_.marks, word) & kAny) == 0)
            word += kStep;
        while (word < count_ && (out_.marks[word] & kQuoted) == 0) ++word;
        return word;
    }

    // The most frequent gaps at one go, with the same outcome: reading them byte by byte costs more
    // in branches that cannot be foreseen than in work. What a gap without a line break says of the
    // sentence is over with the next word, but for a new sentence after a space.
    bool read_frequent_gap(std::size_t at, std::size_t end) {
        if (!in_word_ || end - at > 3 || text_.size() - at < 4) return false;
        const std::uint32_t bytes =
            xxh3::read<std::uint32_t>(text_, at) & 0xFFFFFFU >> 8 * (3 - (end - at));
        const bool stop = (bytes & 0xFFU) == '.';
        const bool space = (bytes == ('.' | ' ' << 8)) | (bytes == (':' | ' ' << 8));
        const bool lines =
            (bytes == ('.' | '\n' << 8 | '\n' << 16)) | (bytes == ('\n' | '\n' << 8));
        if (!(space | lines)) return false;
        in_word_ = false;
        if (lines) {
            end_line(stop ? kWeakEnd : kNoEnd, 2);
        } else {
            boundary_ = stop & !abbreviates(last_start_, at);
        }
        return true;
    }

    // Runs up to `last` that are words by themselves, those at the end of the words so far.
    void place_words(std::size_t last) {
        add_runs(out_, placed_, last, count_ - (last - placed_));
        placed_ = last;
    }

    // What stands between two runs of ASCII letters and digits; other letters among it.
    void read_gap(std::size_t at, std::size_t end) {
        while (at < end) {
            const std::uint8_t byte = text_[at];
            const Char c = byte < 128 ? Char{kAscii.kind[byte], 1} : decode(text_, at);
            switch (c.kind()) {
                case kSingle:
                    in_word_ = false;
                    begin_other_word(at);
                    append(c, at);
                    in_word_ = false;
                    break;
                case kWord:
                    if (!in_word_) begin_other_word(at);
                    append(c, at);
                    break;
                case kDrop:  // part of the word that it stands in or directly behind
                    if (in_word_ && follows_word(at))
                        out_.ends[count_ - 1] = static_cast<std::uint32_t>(at + c.length);
                    break;
                case kApostrophe:
                    between(at, c);
                    break;
                default:
                    if (byte == '.' && joins(at)) break;
                    in_word_ = false;
                    between(at, c);
            }
            at += c.length;
        }
    }

    void lengthen_word(std::size_t first, std::size_t last) {
        const std::size_t size = last - first, at = side_word(size);
        std::copy_n(out_.folded.begin() + static_cast<std::ptrdiff_t>(first), size,
                    out_.folded.begin() + static_cast<std::ptrdiff_t>(at));
        out_.ends[count_ - 1] = static_cast<std::uint32_t>(last);
    }

    // Room for more bytes of the current word, which then stands behind the text's own bytes.
    std::size_t side_word(std::size_t more) {
        Span& word = out_.words[count_ - 1];
        std::size_t end = out_.folded.size();
        if (word.at + word.size != end || word.at < text_.size()) {
            out_.folded.resize(end + word.size);
            std::copy_n(out_.folded.begin() + word.at, word.size,
                        out_.folded.begin() + static_cast<std::ptrdiff_t>(end));
            word.at = static_cast<std::uint32_t>(end);
            end += word.size;
        }
        out_.folded.resize(end + more);
        word.size += static_cast<std::uint32_t>(more);
        return end;
    }

    // A full stop inside a lower-case word ("a.m.", a speck read as a stop) does not split it.
    bool joins(std::size_t at) const {
        return in_word_ && follows_word(at) && is_lower(text_[at - 1]) && at + 1 < text_.size() &&
               is_lower(text_[at + 1]);
    }

    void append(Char c, std::size_t at) {
        const std::uint32_t length = c.entry >> 4 & 63U;
        const auto bytes = std::span(kFoldBytes).subspan(c.entry >> 10 & 0x1FFFFFU, length);
        const std::size_t to = side_word(length);
        std::copy(bytes.begin(), bytes.end(),
                  out_.folded.begin() + static_cast<std::ptrdiff_t>(to));
        out_.ends[count_ - 1] = static_cast<std::uint32_t>(at + c.length);
    }

    void between(std::size_t at, Char c) {
        switch (c.kind()) {
            case kApostrophe:  // joins the word when a letter follows it directly
                if (in_word_ && followed_by_letter(at + c.length)) return;
                in_word_ = false;
                if (!open_single(at + c.length)) quoted_ &= kDoubleMarks;
                return;
            case kQuoteSingle:
                open_single(at + c.length);
                return;
            case kColon:
                colon_ = true;
                ended_ = kNoEnd;
                clean_gap_ = false;
                return;
            case kTerminator:
                ended_ =
                    text_[at] == '.' && follows_word(at) && abbreviates(out_.starts[count_ - 1], at)
                        ? kWeakEnd
                        : kStrongEnd;
                return;
            case kFullTerminator:
                ended_ = kStrongEnd;
                boundary_ = true;
                return;
            case kQuoteOpen:
            case kQuoteClose:
            case kQuoteToggle:
                turn_double(at, c);
                clean_gap_ = false;
                return;
            case kSpace:
                boundary_ = boundary_ || ended_ == kStrongEnd;
                return;
            case kNewline:
                if (text_[at] == '\n' && at > 0 && text_[at - 1] == '\r') return;
                if (newlines_ == 0) end_line(ended_, 0);
                ++newlines_;
                quoted_ = 0;
                return;
            case kCloser:
                return;
            default:
                ended_ = kNoEnd;
                colon_ = false;
                clean_gap_ = false;
        }
    }

    // A mark with space before it and none after opens a quotation, one the other way round closes
    // it, whichever mark a language takes for which; else its own sense decides.
    void turn_double(std::size_t at, Char c) {
        const std::size_t next = at + c.length;
        const bool space_before =
            at == 0 || text_[at - 1] >= 0x80 || stands_in(text_[at - 1], " \t\r\n([-");
        const bool space_after = next >= text_.size() || stands_in(text_[next], " \t\r\n.,;:?!)-");
        if (space_before != space_after) {
            quoted_ = space_before ? quoted_ | kDoubleMarks : quoted_ & kSingleMarks;
        } else if (c.kind() == kQuoteToggle) {
            quoted_ ^= kDoubleMarks;
        } else {
            quoted_ = c.kind() == kQuoteOpen ? quoted_ | kDoubleMarks : quoted_ & kSingleMarks;
        }
    }

    void end_line(End ended, std::uint32_t newlines) {
        if ((quoted_ & kDoubleMarks) != 0) open_ends_.push_back(count_);
        quoted_before_ = quoted_;
        quoted_ = 0;
        line_ended_ = ended;
        line_colon_ = colon_;
        clean_gap_ = true;
        newlines_ = newlines;
    }

    // Whether a word follows a single mark directly: then it opens a quotation, but for "'90s".
    bool open_single(std::size_t next) {
        if (next >= text_.size()) return false;
        const Kind kind = text_[next] < 128 ? static_cast<Kind>(kAscii.kind[text_[next]])
                                            : decode(text_, next).kind();
        if (kind != kWord && kind != kSingle) return false;
        if (!is_digit(text_[next])) quoted_ |= kSingleMarks;
        return true;
    }

    bool followed_by_letter(std::size_t at) const {
        if (at >= text_.size()) return false;
        return text_[at] < 128 ? kAscii.kind[text_[at]] == kWord
                               : decode(text_, at).kind() == kWord;
    }

    // "Mr.", "U.S.", "Sen.", "Jan.": a short capitalised word or a single letter before the stop.
    bool abbreviates(std::size_t start, std::size_t stop) const {
        const std::size_t length = stop - start;
        const std::uint8_t first = text_[start];
        return ((length <= numbers.text.abbreviation_letters) & (first >= 'A') & (first <= 'Z')) |
               ((length == 1) & is_lower(first));
    }

    bool follows_word(std::size_t at) const { return count_ > 0 && out_.ends[count_ - 1] == at; }

    // A word of letters other than ASCII, which are still to be added.
    void begin_other_word(std::size_t at) {
        const auto first = static_cast<std::uint32_t>(at);
        out_.starts[count_] = first;
        out_.words[count_] = {first, 0};
        begin_word(at);
    }

    void begin_word(std::size_t at) {
        if (newlines_ > 0) {
            const bool wrapped = newlines_ == 1 && line_ended_ == kNoEnd && clean_gap_ &&
                                 is_lower(text_[at]) && count_ > 0;
            if (wrapped) {
                quoted_ = quoted_before_;
                if (!open_ends_.empty() && open_ends_.back() == count_) open_ends_.pop_back();
            } else {
                close_line();
                boundary_ = true;
            }
            newlines_ = 0;
        }
        const bool first_in_line = line_begin_ == count_;
        std::uint8_t mark = quoted_ != 0 ? kQuoted : 0;
        if (boundary_ || count_ == 0) mark |= kSentenceStart;
        if (first_in_line) mark |= kLineStart;
        boundary_ = false;
        ended_ = kNoEnd;
        clean_gap_ = true;
        colon_ = false;
        in_word_ = true;
        out_.marks[count_++] = mark;
    }

    void close_line() {
        const auto end = static_cast<std::uint32_t>(count_);
        if (end == line_begin_) return;
        const bool ends_sentence = (newlines_ > 0 ? line_ended_ : ended_) != kNoEnd;
        if (announced_ && ends_sentence) {
            for (std::uint32_t t = line_begin_; t < end; ++t) out_.marks[t] |= kAnnounced;
        }
        announced_ = newlines_ > 0 ? line_colon_ : colon_;
        out_.lines.push_back({line_begin_, end, ends_sentence, announced_});
        line_begin_ = end;
    }

    // Sentences stand in for lines where there is only one, and where text runs on for long.
    void split_flowing() {
        out_.flowing = out_.lines.size() == 1;
        split_link_lists(text_, out_);
        const auto flows = [&](const Line& line) {
            const std::uint32_t words = line.token_end - line.token_begin;
            return !line.link_list && (out_.flowing || words > numbers.text.flowing_words);
        };
        if (std::none_of(out_.lines.begin(), out_.lines.end(), flows)) return;
        std::vector<Line> split;
        for (const Line& line : out_.lines) {
            split.push_back(line);
            if (!flows(line)) continue;
            for (std::uint32_t t = line.token_begin + 1; t < line.token_end; ++t) {
                if ((out_.marks[t] & kSentenceStart) == 0) continue;
                split.back().token_end = t;
                split.back().ends_sentence = true;
                split.back().ends_colon = false;
                split.push_back(line);
                split.back().token_begin = t;
            }
            if (out_.flowing && !line.link_list) split.back().ends_sentence = true;
        }
        out_.lines = std::move(split);
    }

    static constexpr std::uint8_t kDoubleMarks = 1, kSingleMarks = 2;

    Bytes text_;
    Story& out_;
    std::vector<std::size_t> open_ends_;  // words before which a line ends inside double marks
    std::size_t count_ = 0, placed_ = 0;  // words so far; runs of which the words are complete
    std::size_t last_start_ = 0;
    std::uint32_t line_begin_ = 0, newlines_ = 0;
    End ended_ = kNoEnd, line_ended_ = kNoEnd;
    std::uint8_t quoted_ = 0, quoted_before_ = 0;  // inside which marks
    bool in_word_ = false;  // more letters would belong to the last word
    bool boundary_ = false, clean_gap_ = true;
    bool colon_ = false, line_colon_ = false, announced_ = false;  // "The letter says:" and a line
};

}  // namespace

void Story::clear() {
    hashes.clear();
    zeroed.clear();
    masks.clear();
    starts.clear();
    ends.clear();
    marks.clear();
    lines.clear();
    words.clear();
    flowing = false;
}

void split_words(Bytes text, Story& story) {
    let_signals_in();
    // Positions are 32 bits; of a word and a space each they are 2^31 - 1 words.
    if (text.size() > 0xFFFFFFFEU) {
        throw std::invalid_argument("text: " + std::to_string(text.size()) +
                                    " bytes in one story, expected less than 4 GiB; split it");
    }
    Splitter(text, story).run();
}

bool is_capital(Bytes text, std::size_t at) {
    const std::uint8_t byte = text[at];
    return byte < 128 ? byte >= 'A' && byte <= 'Z' : decode(text, at).entry >> 31 != 0;
}

void prepare(Bytes text, Wanted wanted, Story& story) {
    split_words(text, story);
    hash_words(story);
    if (wanted.zeroed) hash_zeroed(story);
    if (wanted.masks) mask_words(story);
}

void bind_prepare(nb::module_& module) {
    module.def(
        "prepare",
        [](const Input<std::uint8_t>& text) {
            Story story;
            {
                const nb::gil_scoped_release release;
                prepare(view(text), {.zeroed = true, .masks = true}, story);
            }
            std::vector<std::uint32_t> lines;
            for (const Line& line : story.lines) {
                const std::uint32_t end = (line.ends_sentence ? 1U : 0U) |
                                          (line.ends_colon ? 2U : 0U) | (line.link_list ? 4U : 0U);
                lines.insert(lines.end(), {line.token_begin, line.token_end, end});
            }
            const auto given = []<typename T>(const Room<T>& values) {
                return to_numpy(std::vector<T>(values.begin(), values.end()));
            };
            return nb::make_tuple(given(story.hashes), given(story.starts), given(story.ends),
                                  given(story.marks), given(story.zeroed),
                                  to_numpy(std::move(story.masks)), to_numpy(std::move(lines), 3),
                                  story.flowing);
        },
        nb::arg("text"));
}

}  // namespace dupdetect
