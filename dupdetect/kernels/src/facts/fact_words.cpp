// Words as facts are read from them: numbers whole, directions whole, sums of money.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <string_view>

#include "common/arrays.hpp"
#include "common/key_table.hpp"
#include "common/last_made.hpp"
#include "common/platform.hpp"
#include "facts/facts.hpp"
#include "sketch/shingle.hpp"
#include "text/xxh3.hpp"

namespace dupdetect {
namespace {

constexpr std::size_t kMillionths = 6, kMostDigits = 18;  // of a sum
constexpr std::uint64_t kLargestSum = 1'000'000'000'000'000'000;

bool is_digit(std::uint8_t c) { return c >= '0' && c <= '9'; }
bool all_digits(Bytes bytes) { return std::ranges::all_of(bytes, is_digit); }

std::string_view as_view(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// "11" of "11th": both name the eleventh of May.
Bytes cardinal(Bytes folded) {
    constexpr std::array<std::string_view, 4> kOrdinals = {"st", "nd", "rd", "th"};
    if (folded.size() < 3 || !is_digit(folded[0])) return folded;
    const Bytes number = folded.first(folded.size() - 2);
    const std::string_view end = as_view(folded.last(2));
    return std::ranges::find(kOrdinals, end) != kOrdinals.end() && all_digits(number) ? number
                                                                                      : folded;
}

// A number up to 99 in digits: "12" of "twelve".
class Digits {
public:
    explicit Digits(std::uint8_t number)
        : digits_{static_cast<std::uint8_t>('0' + number / 10),
                  static_cast<std::uint8_t>('0' + number % 10)},
          first_(number < 10 ? 1 : 0) {}
    Bytes bytes() const { return Bytes(digits_).subspan(first_); }

private:
    std::array<std::uint8_t, 2> digits_;
    std::size_t first_;
};

// What joins two words: a sign that stays, nothing (0), or none: they are two.
std::optional<std::uint8_t> joint(const FactBody& body, const FactWord& before,
                                  const FactWord& word, Bytes between) {
    if (before.code == kPole && word.code == kSide && between.size() == 1) return std::uint8_t{0};
    if (!before.is(kNumber) || !word.is(kNumber) || between.size() != 1) return std::nullopt;
    const std::uint8_t sign = between[0];
    if (sign == '.' || sign == ':' || sign == '/') return sign;
    if (sign == ',') return std::uint8_t{0};
    // A number that lost its comma: "165 000".
    const bool group = sign == ' ' && word.text.size == 3 && before.text.size <= 3 &&
                       all_digits(body.text_of(word)) && all_digits(body.text_of(before));
    return group ? std::optional<std::uint8_t>(std::uint8_t{0}) : std::nullopt;
}

// Value of "1250" or "4.6" in millionths; none of "8:10", "11a", "1.2.3" and what is too large.
std::optional<std::uint64_t> millionths(Bytes number) {
    const auto point = std::ranges::find(number, std::uint8_t{'.'});
    const Bytes whole(number.begin(), point);
    const Bytes part = point == number.end() ? Bytes{} : Bytes(point + 1, number.end());
    if (!all_digits(whole) || !all_digits(part)) return std::nullopt;
    if (point != number.end() && part.empty()) return std::nullopt;
    if (whole.size() > kMostDigits - kMillionths) return std::nullopt;
    std::uint64_t value = 0;
    for (const std::uint8_t c : whole) value = value * 10 + (c - '0');
    for (std::size_t k = 0; k < kMillionths; ++k)
        value = value * 10 + (k < part.size() ? part[k] - '0' : 0);
    return value;
}

std::uint64_t scaled(std::uint64_t value, int power) {
    for (; power > 0 && value < kLargestSum; --power)
        value = value > kLargestSum / 10 ? kLargestSum : value * 10;
    return std::min(value, kLargestSum);
}

// Whether what stands before a number ends with a currency's sign, a space after it or not.
bool after_sign(Bytes before) {
    constexpr std::array<std::string_view, 5> kSigns = {"$", "€", "£", "¥", "￥"};
    std::string_view text = as_view(before.last(std::min<std::size_t>(before.size(), 4)));
    if (text.ends_with(' ')) text.remove_suffix(1);
    return std::ranges::any_of(kSigns, [&](std::string_view sign) { return text.ends_with(sign); });
}

void find_sums(Bytes text, FactBody& body) {
    const auto& words = body.words;
    body.sums.clear();
    for (std::size_t k = 0; k < words.size(); ++k) {
        if (!words[k].is(kNumber)) continue;
        std::optional<std::uint64_t> value = millionths(body.text_of(words[k]));
        if (!value) continue;
        std::size_t next = k + 1;
        if (next < words.size() && words[next].code >= kScale && words[next].code < kUnit) {
            value = scaled(*value, words[next].code - kScale);
            ++next;
        }
        const bool named = next < words.size() && words[next].code == kCurrency;
        if (named || after_sign(text.first(words[k].start))) body.sums.push_back(*value);
    }
    std::ranges::sort(body.sums);
    body.sums.erase(std::unique(body.sums.begin(), body.sums.end()), body.sums.end());
}

// Words are short: copies of known sizes that overlap need no call.
void append(Room<std::uint8_t>& to, Bytes bytes) {
    const std::size_t at = to.size(), size = bytes.size();
    to.resize(at + size);
    const auto into = std::span(to).subspan(at);
    const auto copy = [&]<typename Part>(Part) {
        for (const std::size_t from : {std::size_t{0}, size - sizeof(Part)}) {
            const Part part = xxh3::read<Part>(bytes, from);
            std::memcpy(into.subspan(from, sizeof part).data(), &part, sizeof part);
        }
    };
    if (size > 16) {
        std::ranges::copy(bytes, into.begin());
    } else if (size >= 8) {
        copy(std::uint64_t{});
    } else if (size >= 4) {
        copy(std::uint32_t{});
    } else {
        for (std::size_t k = 0; k < size; ++k) into[k] = bytes[k];
    }
}

void add_word(FactBody& body, FactWord word, Bytes folded) {
    word.letters = {static_cast<std::uint32_t>(body.letters.size()),
                    static_cast<std::uint32_t>(folded.size())};
    word.text = word.letters;
    append(body.letters, folded);
    body.words.push_back(word);
}

// Makes the last two words one.
void join_last(FactBody& body, std::uint8_t sign, const Lexicon& lexicon) {
    const FactWord word = body.words.back();
    body.words.pop_back();
    FactWord& joined = body.words.back();
    const bool with_signs = joined.text.size > joined.letters.size;
    if (sign != 0 || with_signs) {  // behind the signs before it, which stand last
        if (!with_signs) {
            const Bytes before = body.letters_of(joined);
            joined.text.at = static_cast<std::uint32_t>(body.texts.size());
            body.texts.insert(body.texts.end(), before.begin(), before.end());
        }
        if (sign != 0) body.texts.push_back(sign);
        const Bytes letters = body.letters_of(word);
        body.texts.insert(body.texts.end(), letters.begin(), letters.end());
    }
    joined.text.size += word.text.size + (sign != 0);
    joined.letters.size += word.letters.size;
    joined.end = word.end;
    joined.hash = keyed_hash(body.text_of(joined));
    joined.code = lexicon.code(xxh3::hash(body.text_of(joined)));
}

}  // namespace

std::uint64_t keyed_hash(Bytes folded) {
    static const std::array<std::uint64_t, 2> key = {random_seed(), random_seed()};
    const std::size_t size = folded.size();
    std::uint64_t hash = key[0] + size * xxh3::kP64_3, rest = 0;
    for (std::size_t at = 0; at + 8 < size; at += 8)
        hash = multiply_fold(hash ^ xxh3::read<std::uint64_t>(folded, at), key[1]);
    // Reads that overlap hold all bytes, without a turn for each.
    if (size >= 8) {
        rest = xxh3::read<std::uint64_t>(folded, size - 8);
    } else if (size >= 4) {
        rest = std::uint64_t{xxh3::read<std::uint32_t>(folded, 0)} << 32 |
               xxh3::read<std::uint32_t>(folded, size - 4);
    } else if (size > 0) {
        rest = std::uint64_t{folded[0]} << 16 | std::uint64_t{folded[size / 2]} << 8 |
               folded[size - 1];
    }
    return mix64(multiply_fold(hash ^ rest, key[1]) ^ key[0]);
}

Lexicon::Lexicon(std::span<const std::uint64_t> words, std::span<const std::uint8_t> codes)
    : words_(words.begin(), words.end()), codes_(codes.begin(), codes.end()) {
    const std::size_t size = std::bit_ceil(8 * words.size() + 2);
    shift_ = 64 - std::countr_zero(size);
    slots_.resize(size);
    filter_.resize((std::size_t{1} << kFilterBits) / 64);
    for (std::size_t k = 0; k < words.size(); ++k) {
        if (codes[k] == 0) continue;
        slots_[slot_of(words[k])] = {words[k], codes[k]};
        const std::size_t bit = words[k] & ((1U << kFilterBits) - 1);
        filter_[bit / 64] |= std::uint64_t{1} << bit % 64;
    }
}

bool Lexicon::is_of(std::span<const std::uint64_t> words,
                    std::span<const std::uint8_t> codes) const {
    return std::ranges::equal(words_, words) && std::ranges::equal(codes_, codes);
}

std::shared_ptr<const Lexicon> lexicon_of(std::span<const std::uint64_t> words,
                                          std::span<const std::uint8_t> codes) {
    static LastMade<Lexicon> last;
    return last.of(words, codes);
}

std::size_t Lexicon::slot_of(std::uint64_t word) const {
    std::size_t at = static_cast<std::size_t>(word >> shift_);
    while (slots_[at].code != 0 && slots_[at].word != word) at = (at + 1) & (slots_.size() - 1);
    return at;
}

std::uint8_t Lexicon::code(std::uint64_t word) const {
    const std::size_t bit = word & ((1U << kFilterBits) - 1);
    if ((filter_[bit / 64] >> bit % 64 & 1U) == 0) return 0;
    return slots_[slot_of(word)].code;
}

void make_fact_body(Bytes text, const Story& story, std::span<const std::uint8_t> line_status,
                    const Lexicon& lexicon, std::size_t seed_words, FactBody& body) {
    check_equal(line_status.size(), story.lines.size(), "line_status of a story");
    body.words.clear();
    body.texts.clear();
    body.letters.clear();
    body.words.reserve(story.size());
    body.letters.reserve(text.size());
    for (std::size_t l = 0; l < story.lines.size(); ++l) {
        if (line_status[l] == kFurniture) continue;
        for (std::uint32_t k = story.lines[l].token_begin; k < story.lines[l].token_end; ++k) {
            const Bytes word = story.folded_word(k), written = cardinal(word);
            const std::uint64_t written_hash =
                written.size() == word.size() ? story.hashes[k] : xxh3::hash(written);
            const std::uint8_t code = lexicon.code(written_hash);
            const Digits digits(code >= kCount ? code - kCount : 0);
            const Bytes folded = code >= kCount ? digits.bytes() : written;
            const std::uint32_t start = story.starts[k];
            const bool capital = text[start] < 128 ? text[start] >= 'A' && text[start] <= 'Z'
                                                   : is_capital(text, start);
            const int flags = (is_digit(folded[0]) ? kNumber : 0) |
                              (is_single(folded) ? kSingle : 0) | (capital ? kCapital : 0) |
                              ((story.marks[k] & kSentenceStart) != 0 ? kFirst : 0) |
                              (line_status[l] == kDoubtful ? kDoubt : 0);
            add_word(body,
                     {keyed_hash(folded),
                      {},
                      {},
                      start,
                      story.ends[k],
                      static_cast<std::uint8_t>(flags),
                      code >= kCount ? std::uint8_t{0} : code},
                     folded);
            if (body.words.size() < 2) continue;
            const FactWord& before = body.words[body.words.size() - 2];
            if (before.code != kPole && !(before.is(kNumber) && (flags & kNumber) != 0)) continue;
            const auto sign = joint(body, before, body.words.back(),
                                    text.subspan(before.end, start - before.end));
            if (sign) join_last(body, *sign, lexicon);
        }
    }
    find_sums(text, body);
    const std::size_t size = body.words.size();
    body.hashes.resize(size);
    for (std::size_t k = 0; k < size; ++k) body.hashes[k] = body.words[k].hash;
    number_grams<std::uint64_t>(body.hashes, seed_words, body.grams);
}

}  // namespace dupdetect
