// Signs that a raw text may be marked up or damaged. Most texts have none, so that finding none has
// to cost next to nothing; those that have some are looked at closely elsewhere.
#include <array>
#include <bit>

#include "common/arrays.hpp"
#include "common/avx512.hpp"
#include "common/bind.hpp"
#include "common/parallel.hpp"
#include "common/vectors.hpp"
#include "numbers.hpp"
#include "text/story.hpp"
#include "text/xxh3.hpp"

namespace dupdetect {
namespace {

constexpr std::size_t kBlock = 64;
constexpr std::uint8_t kTags = 1, kEntities = 2, kTwice = 4, kControls = 8, kQuotedPrintable = 16,
                       kWrapped = 32, kLost = 64, kLinks = 128;

bool is_letter(std::uint8_t c) { return is_lower(c | 0x20U); }
bool is_space(std::uint8_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

using Raw = std::span<const std::uint8_t, kBlock>;

// A bit for each byte of a block that something may begin with; plain loops, which compilers turn
// into vectors.
std::uint64_t begins_something(Raw raw) {
    std::array<std::uint8_t, kBlock> flags;
    for (std::size_t i = 0; i < kBlock; ++i) {
        const std::uint8_t c = raw[i];
        const auto is = [c](std::uint8_t wanted) { return static_cast<std::uint8_t>(c == wanted); };
        flags[i] = is('<') | is('&') | is('\n') | is(0xC2) | is(0xC3) | is(0xC4) | is(0xD0) |
                   is(0xE2) | is(0xEF) | is(']');
    }
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < kBlock; i += 8) {
        bits |= xxh3::read<std::uint64_t>(flags, i) * 0x0102040810204080ULL >> 56 << i;
    }
    return bits;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) std::uint64_t begins_something_avx2(Raw raw) {
    std::uint64_t bits = 0;
    for (std::size_t half = 0; half < kBlock; half += 32) {
        const __m256i c =
            _mm256_loadu_si256(reinterpret_cast<const __m256i*>(raw.subspan(half, 32).data()));
        __m256i any = _mm256_setzero_si256();
        for (const int wanted : {0x3C, 0x26, 0x0A, 0xC2, 0xC3, 0xC4, 0xD0, 0xE2, 0xEF, 0x5D}) {
            const __m256i equal = _mm256_cmpeq_epi8(c, _mm256_set1_epi8(static_cast<char>(wanted)));
            any = _mm256_or_si256(any, equal);
        }
        const auto found = static_cast<std::uint32_t>(_mm256_movemask_epi8(any));
        bits |= std::uint64_t{found} << half;
    }
    return bits;
}
#endif

class Scan {
public:
    explicit Scan(Bytes text) : text_(text) {}

    template <std::uint64_t (*Begins)(Raw)>
    std::uint8_t signs() {
        for (std::size_t block = 0; block < text_.size(); block += kBlock) {
            std::array<std::uint8_t, kBlock> last_bytes;
            const std::size_t size = std::min(kBlock, text_.size() - block);
            if (size < kBlock) {
                last_bytes.fill(0);
                std::ranges::copy(text_.subspan(block, size), last_bytes.begin());
            }
            std::uint64_t bits =
                Begins(Raw(size < kBlock ? Bytes(last_bytes) : text_.subspan(block, kBlock)));
            for (; bits != 0; bits &= bits - 1) {
                see(block + static_cast<std::size_t>(std::countr_zero(bits)));
            }
        }
        if (breaks_ >= numbers.damage.least_wraps && 2 * like_wraps_ >= breaks_ &&
            4 * goes_on_ >= breaks_)
            found_ |= kWrapped;
        return found_;
    }

private:
    // A byte, 0 past the end.
    std::uint8_t at(std::size_t place) const { return place < text_.size() ? text_[place] : 0; }

    // Whether a letter or mark begins there that a byte from 0x80 to 0xBF may be taken for; U+FFFD,
    // too, of a byte that is none.
    bool goes_on(std::size_t place) const {
        const std::uint8_t c = at(place);
        return c == 0xC2 || c == 0xC5 || c == 0xC6 || c == 0xCB || c == 0xE2 || c == 0xEF;
    }

    void see(std::size_t place) {
        const std::uint8_t next = at(place + 1), third = at(place + 2);
        switch (text_[place]) {
            case '<':
                if (is_letter(next) || next == '/' || next == '!') found_ |= kTags;
                return;
            case '&':
                if (is_letter(next) || next == '#') found_ |= kEntities;
                return;
            case ']':
                if (next == '(') found_ |= kLinks;
                return;
            case '\n':
                return see_line_end(place);
            case 0xC2:  // a control character of Latin-1 where Windows-1252 has a mark
                if (next >= 0x80 && next < 0xA0) found_ |= kControls;
                return;
            case 0xC3:  // the first byte of UTF-8 as a letter of Latin-1, and those that follow
                if ((goes_on(place + 2) && next >= 0x82 && next < 0xA0) ||
                    (goes_on(place + 2) && next >= 0xA0 && next < 0xB5 &&
                     goes_on(place + (third < 0xE0 ? 4 : 5))) ||
                    (next == 0x83 && third == ' ')) {
                    found_ |= kTwice;
                }
                return;
            case 0xC4:  // of Windows-1250
                if ((next == 0x82 || next == 0xB9) && third >= 0xC2) found_ |= kTwice;
                return;
            case 0xD0:  // of Windows-1251
                if ((next == 0xA0 || next == 0xA1) && (third == 0xC2 || third == 0xE2))
                    found_ |= kTwice;
                return;
            case 0xEF:
                if (next == 0xBF && third == 0xBD) found_ |= kLost;
                return;
            default:  // of Mac OS Roman and of code page 437
                if (at(place + 3) >= 0xC2 &&
                    ((next == 0x88 && third == 0x9A) || (next == 0x89 && third == 0x88) ||
                     (next == 0x94 && (third == 0x9C || third == 0xAC || third == 0xBC)) ||
                     (next == 0x80 && third == 0x9A && at(place + 3) == 0xC3))) {
                    found_ |= kTwice;
                }
        }
    }

    void see_line_end(std::size_t place) {
        std::size_t end = place;
        while (end > line_ && is_space(text_[end - 1])) --end;
        if (end > line_ && text_[end - 1] == '=') found_ |= kQuotedPrintable;
        std::size_t next = place + 1;
        while (next < text_.size() && text_[next] != '\n' && is_space(text_[next])) ++next;
        if (end > line_ && next < text_.size() && text_[next] != '\n') {
            ++breaks_;
            const std::size_t size = end - line_;
            like_wraps_ +=
                size >= numbers.damage.shortest_line && size <= numbers.damage.longest_line;
            goes_on_ += is_lower(text_[next]) || text_[next] >= 0x80;
        }
        line_ = place + 1;
    }

    Bytes text_;
    std::size_t line_ = 0;  // where the current one begins
    std::size_t breaks_ = 0, like_wraps_ = 0, goes_on_ = 0;
    std::uint8_t found_ = 0;
};

}  // namespace

void bind_damage(nb::module_& module) {
    module.def(
        "damage_signs",
        [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets, int threads) {
            check_offsets(view(offsets), text.size(), "offsets");
            const std::size_t stories = offsets.size() - 1;
            std::vector<std::uint8_t> signs(stories);
            {
                const nb::gil_scoped_release release;
                const auto signs_of = [](Bytes one) {
#if defined(__x86_64__)
                    if (vectors() != Vectors::kNone)
                        return Scan(one).signs<begins_something_avx2>();
#endif
                    return Scan(one).signs<begins_something>();
                };
                parallel_chunks(stories, threads, 256, [&](std::size_t first, std::size_t last) {
                    for (std::size_t i = first; i < last; ++i)
                        signs[i] = signs_of(row(view(text), view(offsets), i));
                });
            }
            return to_numpy(std::move(signs));
        },
        nb::arg("text"), nb::arg("offsets"), nb::arg("threads"));
}

}  // namespace dupdetect
