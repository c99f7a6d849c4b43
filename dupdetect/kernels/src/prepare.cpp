// Folding, tokens, sentences, quotations and lines in one pass over UTF-8.
#include <array>

#include "arrays.hpp"
#include "bind.hpp"
#include "fold_table.hpp"
#include "parallel.hpp"
#include "story.hpp"
#include "xxh3.hpp"

namespace dupdetect {
namespace {

enum Kind : std::uint32_t {
    kOther, kWord, kSingle, kDrop, kApostrophe, kQuoteOpen, kQuoteClose, kQuoteToggle,
    kTerminator, kNewline, kSpace, kCloser, kFullTerminator
};

struct Char {
    std::uint32_t entry, length;
    Kind kind() const { return static_cast<Kind>(entry & 15U); }
};

std::uint32_t fold_entry(std::uint32_t point) {
    return kFoldEntries[static_cast<std::size_t>(kFoldIndex[point >> 7]) * 128 + (point & 127U)];
}

struct Ascii {
    std::array<std::uint8_t, 256> kind{}, folded{};
    Ascii() {
        for (std::uint32_t c = 0; c < 128; ++c) {
            kind[c] = static_cast<std::uint8_t>(fold_entry(c) & 15U);
            folded[c] = kFoldBytes[fold_entry(c) >> 10];
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

bool is_lower(std::uint8_t c) { return c >= 'a' && c <= 'z'; }
bool is_digit(std::uint8_t c) { return c >= '0' && c <= '9'; }

// Bigrams of the word between two boundary marks, hashed to 64 bits.
std::uint64_t bigram_mask(Bytes word) {
    std::uint64_t mask = 0;
    std::uint32_t letters = 0, before = 1, point = 0;
    const auto add = [&](std::uint32_t a, std::uint32_t b) {
        mask |= std::uint64_t{1} << (((a * 0x9E3779B1U) ^ (b * 0x85EBCA77U)) * 0xC2B2AE3DU >> 26);
    };
    for (const std::uint8_t byte : word) {
        if ((byte & 0xC0U) == 0x80U) {
            point = point << 6 | (byte & 0x3FU);
            continue;
        }
        if (letters > 0) {
            add(before, point);
            before = point;
        }
        point = byte;
        ++letters;
    }
    if (letters < 4) return 0;
    add(before, point);
    add(point, 2);
    return mask;
}

class Splitter {
public:
    Splitter(Bytes text, Wanted wanted, Story& story) : text_(text), wanted_(wanted), out_(story) {}

    void run() {
        out_.clear();
        for (std::size_t at = 0; at < text_.size();) at += step(at);
        end_word();
        close_line();
        if (out_.lines.size() == 1) split_flowing();
    }

private:
    std::size_t step(std::size_t at) {
        const std::uint8_t byte = text_[at];
        if (kAscii.kind[byte] == kWord) {
            if (!in_word_) begin_word(at);
            std::size_t end = at;
            do out_.word.push_back(kAscii.folded[text_[end]]);
            while (++end < text_.size() && kAscii.kind[text_[end]] == kWord);
            word_end_ = end;
            return end - at;
        }
        const Char c = byte < 128 ? Char{kAscii.kind[byte], 1} : decode(text_, at);
        switch (c.kind()) {
            case kWord:
                if (!in_word_) begin_word(at);
                append(c);
                word_end_ = at + c.length;
                break;
            case kSingle:
                end_word();
                begin_word(at);
                append(c);
                word_end_ = at + c.length;
                end_word();
                break;
            case kDrop: break;
            case kApostrophe: between(at, c); break;
            default:
                if (byte == '.' && joins(at)) break;
                end_word();
                between(at, c);
        }
        return c.length;
    }

    // A full stop inside a lower-case word ("a.m.", a speck read as a stop) does not split it.
    bool joins(std::size_t at) const {
        return in_word_ && word_end_ == at && is_lower(text_[at - 1]) && at + 1 < text_.size() &&
               is_lower(text_[at + 1]);
    }

    void append(Char c) {
        const std::uint32_t length = c.entry >> 4 & 63U;
        const std::uint8_t* folded = &kFoldBytes[c.entry >> 10];
        out_.word.insert(out_.word.end(), folded, folded + length);
    }

    void between(std::size_t at, Char c) {
        switch (c.kind()) {
            case kApostrophe:  // joins the word when a letter follows it directly
                if (in_word_ && !followed_by_letter(at + c.length)) end_word();
                return;
            case kTerminator:
                ended_ = text_[at] == '.' && abbreviates(at) ? kWeakEnd : kStrongEnd;
                return;
            case kFullTerminator:
                ended_ = kStrongEnd;
                boundary_ = true;
                return;
            case kQuoteOpen: quoted_ = true; clean_gap_ = false; return;
            case kQuoteClose: quoted_ = false; clean_gap_ = false; return;
            case kQuoteToggle: quoted_ = !quoted_; clean_gap_ = false; return;
            case kSpace: boundary_ = boundary_ || ended_ == kStrongEnd; return;
            case kNewline:
                if (text_[at] == '\n' && at > 0 && text_[at - 1] == '\r') return;
                if (newlines_++ == 0) {
                    quoted_before_ = quoted_;
                    line_ended_ = ended_;
                    clean_gap_ = true;
                }
                quoted_ = false;
                return;
            case kCloser: return;
            default: ended_ = kNoEnd; clean_gap_ = false;
        }
    }

    bool followed_by_letter(std::size_t at) const {
        if (at >= text_.size()) return false;
        return text_[at] < 128 ? kAscii.kind[text_[at]] == kWord : decode(text_, at).kind() == kWord;
    }

    // "Mr.", "U.S.", "Sen.", "Jan.": a short capitalised word or a single letter before the stop.
    bool abbreviates(std::size_t at) const {
        if (out_.starts.empty() || out_.ends.back() != at) return false;
        const std::size_t start = out_.starts.back(), length = at - start;
        const std::uint8_t first = text_[start];
        return (length <= 4 && first >= 'A' && first <= 'Z') || (length == 1 && is_lower(first));
    }

    void begin_word(std::size_t at) {
        if (newlines_ > 0) {
            const bool wrapped = newlines_ == 1 && line_ended_ == kNoEnd && clean_gap_ &&
                                 is_lower(text_[at]) && !out_.starts.empty();
            if (wrapped) {
                quoted_ = quoted_before_;
            } else {
                close_line();
                boundary_ = true;
            }
            newlines_ = 0;
        }
        const bool first_in_line = line_begin_ == out_.starts.size();
        std::uint8_t mark = quoted_ ? kQuoted : 0;
        if (boundary_ || out_.starts.empty()) mark |= kSentenceStart;
        if (first_in_line) mark |= kLineStart;
        boundary_ = false;
        ended_ = kNoEnd;
        clean_gap_ = true;
        in_word_ = true;
        out_.word.clear();
        out_.starts.push_back(static_cast<std::uint32_t>(at));
        out_.marks.push_back(mark);
    }

    void end_word() {
        if (!in_word_) return;
        in_word_ = false;
        out_.ends.push_back(static_cast<std::uint32_t>(word_end_));
        out_.hashes.push_back(xxh3::hash(out_.word));
        if (wanted_.masks) out_.masks.push_back(bigram_mask(out_.word));
        if (wanted_.zeroed) {
            bool digits = false;
            for (std::uint8_t& c : out_.word) {
                if (is_digit(c)) { c = '0'; digits = true; }
            }
            out_.zeroed.push_back(digits ? xxh3::hash(out_.word) : out_.hashes.back());
        }
    }

    void close_line() {
        const auto end = static_cast<std::uint32_t>(out_.hashes.size());
        if (end == line_begin_) return;
        out_.lines.push_back({line_begin_, end, (newlines_ > 0 ? line_ended_ : ended_) != kNoEnd});
        line_begin_ = end;
    }

    void split_flowing() {
        out_.flowing = true;
        const Line whole = out_.lines[0];
        out_.lines.clear();
        for (std::uint32_t t = whole.token_begin; t < whole.token_end; ++t) {
            if ((out_.marks[t] & kSentenceStart) == 0) continue;
            if (!out_.lines.empty()) out_.lines.back().token_end = t;
            out_.lines.push_back({t, whole.token_end, true});
        }
    }

    enum End : std::uint8_t { kNoEnd, kWeakEnd, kStrongEnd };

    Bytes text_;
    Wanted wanted_;
    Story& out_;
    std::size_t word_end_ = 0;
    std::uint32_t line_begin_ = 0, newlines_ = 0;
    End ended_ = kNoEnd, line_ended_ = kNoEnd;
    bool in_word_ = false, boundary_ = false, quoted_ = false, quoted_before_ = false;
    bool clean_gap_ = true;
};

}  // namespace

void Story::clear() {
    hashes.clear(); zeroed.clear(); masks.clear(); starts.clear(); ends.clear(); marks.clear();
    lines.clear(); word.clear();
    flowing = false;
}

void prepare(Bytes text, Wanted wanted, Story& story) {
    // Positions are 32 bits; of a word and a space each they are 2^31 - 1 words.
    if (text.size() > 0xFFFFFFFEU) {
        throw std::invalid_argument("text: " + std::to_string(text.size()) +
                                    " bytes in one story, expected less than 4 GiB; split it");
    }
    Splitter(text, wanted, story).run();
}

void bind_prepare(nb::module_& module) {
    module.def("prepare", [](const Input<std::uint8_t>& text) {
        Story story;
        {
            const nb::gil_scoped_release release;
            prepare(view(text), {.zeroed = true, .masks = true}, story);
        }
        std::vector<std::uint32_t> lines;
        for (const Line& line : story.lines) {
            lines.insert(lines.end(), {line.token_begin, line.token_end, line.ends_sentence});
        }
        return nb::make_tuple(to_numpy(std::move(story.hashes)), to_numpy(std::move(story.starts)),
                              to_numpy(std::move(story.ends)), to_numpy(std::move(story.marks)),
                              to_numpy(std::move(story.zeroed)), to_numpy(std::move(story.masks)),
                              to_numpy(std::move(lines), 3), story.flowing);
    }, nb::arg("text"));
}

}  // namespace dupdetect
