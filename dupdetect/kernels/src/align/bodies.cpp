#include "align/bodies.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <utility>

#include "common/bind.hpp"
#include "common/parallel.hpp"
#include "sketch/shingle.hpp"
#include "text/bits.hpp"
#include "text/xxh3.hpp"

namespace dupdetect {
namespace {

constexpr std::size_t kFewLetters = 4;  // bytes; no shorter word has a mask

constexpr std::size_t kMostKnown = 1 << 15;  // words; what remains within the cache

std::uint32_t short_hash(std::uint64_t hash) {
    const auto half = static_cast<std::uint32_t>(hash >> 32);
    return half | (half == 0);
}

// Calls use(line, status) for the lines outside furniture.
template <typename Use>
void each_line(const Story& story, std::span<const std::uint8_t> line_status, Use&& use) {
    check_equal(line_status.size(), story.lines.size(), "line_status of a story");
    for (std::size_t l = 0; l < story.lines.size(); ++l) {
        if (line_status[l] == kFurniture) continue;
        use(story.lines[l], line_status[l]);
    }
}

std::size_t body_words(const Story& story, std::span<const std::uint8_t> line_status) {
    std::size_t size = 0;
    each_line(story, line_status,
              [&](const Line& line, std::uint8_t) { size += line.token_end - line.token_begin; });
    return size;
}

std::uint8_t flags_of_line(std::uint8_t status) {
    const int doubt = status == kDoubtful || status == kStanding ? kInDoubt : 0;
    return static_cast<std::uint8_t>(doubt |
                                     (status == kStanding || status == kWeak ? kNeverProse : 0));
}

std::uint8_t flags_of_mark(std::uint8_t mark) {
    return static_cast<std::uint8_t>(
        (mark & kQuoted) / kQuoted * kInQuotes | (mark & kAnnounced) / kAnnounced * kFollowsColon |
        (mark & kPost) / kPost * kInPost | (mark & kSentenceStart) / kSentenceStart * kBegins);
}

}  // namespace

WordKey::WordKey(std::uint64_t key)
    : first_(mix64(key ^ xxh3::kP64_1)), second_(mix64(key ^ xxh3::kP64_2)) {}

std::uint64_t WordKey::hash(Bytes folded, Span word) const {
    std::uint64_t before = first_, head, tail = 0;
    if (word.size == 0) {
        head = 0;
    } else if (word.size <= 8) {
        head =
            xxh3::read<std::uint64_t>(folded, word.at) & ~std::uint64_t{0} >> (64 - 8 * word.size);
    } else {
        for (std::size_t at = 0; at + 16 < word.size; at += 16) {
            before = multiply_fold(xxh3::read<std::uint64_t>(folded, word.at + at) ^ before,
                                   xxh3::read<std::uint64_t>(folded, word.at + at + 8) ^ second_);
        }
        const std::size_t rest = word.size % 16 == 0 ? 16 : word.size % 16;
        const std::size_t at = word.at + word.size - rest;
        head = rest > 8 ? xxh3::read<std::uint64_t>(folded, at)
                        : xxh3::read<std::uint64_t>(folded, word.at + word.size - 8);
        tail = rest > 8 ? xxh3::read<std::uint64_t>(folded, word.at + word.size - 8) : 0;
    }
    return multiply_fold(head ^ before, tail ^ second_ ^ word.size * xxh3::kP64_3) * kShingleBase;
}

void BodyMaker::add(Bytes text, const Story& story, std::span<const std::uint8_t> line_status,
                    MadeBodies& made) {
    const std::size_t size = body_words(story, line_status), begin = made.words.size();
    made.words.resize(begin + size);
    made.flags.resize(begin + size);
    const auto words = std::span(made.words).subspan(begin);
    const auto flags = std::span(made.flags).subspan(begin);
    std::size_t first = 0;
    std::int32_t prose_words = 0;
    each_line(story, line_status, [&](const Line& line, std::uint8_t status) {
        const std::size_t count = line.token_end - line.token_begin;
        if (count == 0) return;
        const std::uint8_t of_line = flags_of_line(status);
        const auto spans = std::span(story.words).subspan(line.token_begin, count);
        const auto marks = std::span(story.marks).subspan(line.token_begin, count);
        for (std::size_t k = 0; k < count; ++k)
            flags[first + k] = static_cast<std::uint8_t>(of_line | flags_of_mark(marks[k]));
        flags[first] |= kBegins;
        if ((of_line & kInDoubt) == 0) prose_words += static_cast<std::int32_t>(count);
        for (std::size_t k = 0; k < count; ++k) {
            const std::uint64_t hash = key_.hash(story.folded, spans[k]);
            words[first + k] = short_hash(hash);
            const bool is_short = spans[k].size < kFewLetters && spans[k].at < text.size();
            const Bytes word = Bytes(story.folded).subspan(spans[k].at, spans[k].size);
            const bool single = !is_short && is_single(word);
            if (single) flags[first + k] |= kOneCharacter;
            if (is_new(hash))
                made.distinct.emplace_back(hash, is_short || single ? 0 : bigram_mask(word));
        }
        first += count;
    });
    made.counts.push_back(static_cast<std::int64_t>(size));
    made.prose_words.push_back(prose_words);
}

bool BodyMaker::is_new(std::uint64_t hash) {
    if (std::exchange(recent_[hash % kRecent], hash) == hash || !known_.add(hash)) return false;
    if (++known_size_ == room_) make_room();
    return true;
}

// What was known is forgotten: some words are named once more.
void BodyMaker::make_room() {
    room_ = std::min(2 * room_, kMostKnown);
    known_.clear(room_);
    known_size_ = 0;
}

MadeBodies split_bodies(const Texts& texts, std::uint64_t key, int threads) {
    constexpr std::size_t kChunk = 256;
    struct State {
        Story story;
        BodyMaker maker;
    };
    std::vector<MadeBodies> parts((texts.size() + kChunk - 1) / kChunk);
    parallel_chunks(
        texts.size(), threads, kChunk, [&] { return State{{}, BodyMaker(key)}; },
        [&](State& state, std::size_t first, std::size_t last) {
            for (std::size_t i = first; i < last; ++i) {
                split_words(texts.of(i), state.story);
                state.maker.add(texts.of(i), state.story, texts.status(i), parts[first / kChunk]);
            }
        });
    return joined(std::move(parts));
}

namespace {

// Sorts words by their hashes, which are spread evenly: each goes to its part of them first.
void sort_spread(std::vector<Mask>& words) {
    constexpr int kMostBits = 16;
    const int bits = std::clamp(static_cast<int>(std::bit_width(words.size())) - 2, 1, kMostBits);
    const auto part = [&](const Mask& word) { return word.first >> (64 - bits); };
    std::vector<std::size_t> ends((std::size_t{1} << bits) + 1, 0);
    for (const Mask& word : words) ++ends[part(word) + 1];
    std::partial_sum(ends.begin(), ends.end(), ends.begin());
    std::vector<Mask> spread(words.size());
    for (const Mask& word : words) spread[ends[part(word)]++] = word;
    std::size_t first = 0;
    for (std::size_t p = 0; p + 1 < ends.size(); ++p) {
        std::sort(spread.begin() + static_cast<std::ptrdiff_t>(first),
                  spread.begin() + static_cast<std::ptrdiff_t>(ends[p]));
        first = ends[p];
    }
    words = std::move(spread);
}

}  // namespace

MadeBodies joined(std::vector<MadeBodies>&& parts) {
    MadeBodies all;
    if (parts.size() == 1) {
        all = std::move(parts.front());
        parts.clear();
    }
    const auto join = [&](auto MadeBodies::* field) {
        std::size_t size = 0;
        for (const MadeBodies& part : parts) size += (part.*field).size();
        (all.*field).reserve(size);
        for (MadeBodies& part : parts) {
            (all.*field).insert((all.*field).end(), (part.*field).begin(), (part.*field).end());
            part.*field = {};
        }
    };
    join(&MadeBodies::words);
    join(&MadeBodies::flags);
    join(&MadeBodies::counts);
    join(&MadeBodies::prose_words);
    join(&MadeBodies::distinct);
    sort_spread(all.distinct);
    const auto same = [](const Mask& x, const Mask& y) { return x.first == y.first; };
    all.distinct.erase(std::unique(all.distinct.begin(), all.distinct.end(), same),
                       all.distinct.end());
    return all;
}

BodyColumns::BodyColumns(MadeBodies&& made)
    : words(std::move(made.words)),
      flags(std::move(made.flags)),
      offsets{0},
      prose_words(std::move(made.prose_words)) {
    for (const std::int64_t count : made.counts) offsets.push_back(offsets.back() + count);
    distinct.reserve(made.distinct.size());
    masks.reserve(made.distinct.size());
    for (const auto& [word, mask] : made.distinct) {
        distinct.push_back(word);
        masks.push_back(mask);
    }
}

std::pair<std::vector<std::int64_t>, std::vector<std::uint32_t>> places_of_moved(
    const Texts& texts, std::uint64_t key, std::span<const std::uint32_t> words,
    std::span<const std::int64_t> word_offsets, const MovedWords& moved) {
    constexpr std::size_t kBits = 1 << 12;  // most words are passed over by one bit
    std::vector<std::uint8_t> bits(kBits, 0);
    for (const std::uint64_t hash : moved.hashes) bits[short_hash(hash) % kBits] = 1;
    const auto suspect = [&](std::uint32_t word) {
        return bits[word % kBits] != 0 &&
               std::ranges::binary_search(moved.hashes, word, {}, short_hash);
    };
    const WordKey of(key);
    std::vector<std::int64_t> places;
    std::vector<std::uint32_t> given;
    Story story;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (std::ranges::none_of(row(words, word_offsets, i), suspect)) continue;
        split_words(texts.of(i), story);
        std::int64_t place = word_offsets[i];
        each_line(story, texts.status(i), [&](const Line& line, std::uint8_t) {
            for (std::size_t t = line.token_begin; t < line.token_end; ++t, ++place) {
                const std::uint64_t hash = of.hash(story.folded, story.words[t]);
                const auto found = std::ranges::lower_bound(moved.hashes, hash);
                if (found == moved.hashes.end() || *found != hash) continue;
                places.push_back(place);
                given.push_back(
                    moved.words[static_cast<std::size_t>(found - moved.hashes.begin())]);
            }
        });
    }
    return {std::move(places), std::move(given)};
}

MadeLetters body_letters(const Texts& texts, std::span<const std::uint8_t> wanted) {
    MadeLetters made;
    Story story;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const std::size_t before = made.letters.size();
        if (wanted[i] != 0) {
            split_words(texts.of(i), story);
            each_line(story, texts.status(i), [&](const Line& line, std::uint8_t) {
                for (std::size_t t = line.token_begin; t < line.token_end; ++t) {
                    const std::size_t first = made.letters.size();
                    const Bytes word = story.folded_word(t);
                    made.letters.insert(made.letters.end(), word.begin(), word.end());
                    made.letters[first] |= kFirstLetter;
                }
            });
        }
        made.counts.push_back(static_cast<std::int64_t>(made.letters.size() - before));
    }
    return made;
}

Masks::Masks(std::span<const std::uint32_t> words, std::span<const std::uint64_t> masks)
    : words_(words), masks_(masks), shift_(32 - std::countr_zero(words.size())) {
    check_equal(masks.size(), words.size(), "masks");
    if (!std::has_single_bit(words.size()) || words.size() < 2 ||
        std::ranges::find(words, std::uint32_t{0}) == words.end()) {
        throw std::invalid_argument("mask_words: a power of two with free places; see mask_table");
    }
}

std::pair<std::vector<std::uint32_t>, std::vector<std::uint64_t>> mask_table(
    std::span<const std::uint32_t> words, std::span<const std::uint64_t> masks) {
    check_equal(masks.size(), words.size(), "masks");
    const std::size_t size = std::bit_ceil(2 * words.size() + 2);
    const int shift = 32 - std::countr_zero(size);
    std::vector<std::uint32_t> keys(size, 0);
    std::vector<std::uint64_t> values(size, 0);
    for (std::size_t k = 0; k < words.size(); ++k) {
        std::size_t at = static_cast<std::size_t>(std::uint64_t{words[k]} >> shift);
        while (keys[at] != 0 && keys[at] != words[k]) at = (at + 1) & (size - 1);
        keys[at] = words[k];
        values[at] = masks[k];
    }
    return {std::move(keys), std::move(values)};
}

void Places::read(std::size_t story) {
    if (read_ == story + 1) return;
    read_ = 0;
    const Bytes text = texts_.of(story);
    split_words(text, story_);
    words_.clear();
    each_line(story_, texts_.status(story), [&](const Line& line, std::uint8_t) {
        for (std::size_t t = line.token_begin; t < line.token_end; ++t)
            words_.push_back({story_.starts[t], story_.ends[t] - story_.starts[t]});
    });
    std::uint8_t bits = 0;
    for (const std::uint8_t c : text) bits |= c;
    ascii_ = bits < 0x80;
    byte_ = 0;
    character_ = 0;
    read_ = story + 1;
}

std::int64_t Places::character(std::uint32_t byte) {
    if (ascii_) return byte;
    const std::uint32_t first = std::min(byte, byte_), end = std::max(byte, byte_);
    const std::int64_t between = count_characters(texts_.of(read_ - 1).subspan(first, end - first));
    character_ += byte > byte_ ? between : -between;
    byte_ = byte;
    return character_;
}

std::pair<std::int64_t, std::int64_t> Places::characters(std::size_t story, std::int64_t first,
                                                         std::int64_t end) {
    read(story);
    if (first < 0 || end < first || static_cast<std::size_t>(end) > words_.size() ||
        static_cast<std::size_t>(first) >= words_.size()) {
        throw std::invalid_argument("words " + std::to_string(first) + " to " +
                                    std::to_string(end) + ": the body has " +
                                    std::to_string(words_.size()));
    }
    const std::int64_t start = character(words_[static_cast<std::size_t>(first)].at);
    if (end == first) return {start, start};
    const Span last = words_[static_cast<std::size_t>(end - 1)];
    return {start, character(last.at + last.size)};
}

void Page::read(Bytes text, std::span<const std::uint8_t> line_status) {
    split_words(text, story_);
    check_equal(line_status.size(), story_.lines.size(), "line_status of a story");
    sizes_.assign(size(), 0);
    has_body_ = false;
    for (std::size_t l = 0; l < story_.lines.size(); ++l) {
        const Line& line = story_.lines[l];
        const bool taken = line_status[l] == kFurniture;
        has_body_ |= !taken;
        if (taken && line.token_begin < line.token_end)
            sizes_[line.token_begin] = line.token_end - line.token_begin;
    }
}

bool Page::equal(std::size_t word, const Page& other, std::size_t word_of_other,
                 std::size_t count) const {
    if (word + count > size() || word_of_other + count > other.size()) return false;
    for (std::size_t k = 0; k < count; ++k) {
        if (!std::ranges::equal(story_.folded_word(word + k),
                                other.story_.folded_word(word_of_other + k)))
            return false;
    }
    return true;
}

bool Page::same_words(const Page& other, bool lines) const {
    std::size_t i = 0, j = 0;
    while (i < size() || j < other.size()) {
        const std::size_t here = furniture(i), there = other.furniture(j);
        if (here > 0) {
            if (lines && equal(i, other, j, here)) j += here;
            i += here;
        } else if (there > 0) {
            if (lines && equal(i, other, j, there)) i += there;
            j += there;
        } else if (equal(i, other, j, 1)) {
            ++i;
            ++j;
        } else {
            return false;
        }
    }
    return true;
}

bool WordsCompared::has_furniture(std::size_t story) const {
    return std::ranges::find(texts_.status(story), kFurniture) != texts_.status(story).end();
}

bool WordsCompared::same(std::size_t one, std::size_t other, bool by_hashes) {
    if (!by_hashes && !has_furniture(one) && !has_furniture(other)) return false;
    if (std::ranges::equal(texts_.of(one), texts_.of(other)) &&
        std::ranges::equal(texts_.status(one), texts_.status(other))) {
        return true;
    }
    if (kept_[1].story == one + 1 || kept_[0].story == other + 1) std::swap(kept_[0], kept_[1]);
    const Page &a = get(0, one), &b = get(1, other);
    return (by_hashes && a.same_words(b, false)) ||
           (a.has_body() && b.has_body() && a.same_words(b, true));
}

const Page& WordsCompared::get(std::size_t place, std::size_t story) {
    Kept& kept = kept_[place];
    if (kept.story != story + 1) {
        kept.story = 0;
        kept.page.read(texts_.of(story), texts_.status(story));
        ++split_;
        kept.story = story + 1;
    }
    return kept.page;
}

namespace {

Texts checked(const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets,
              const Input<std::uint8_t>& line_status, const Input<std::int64_t>& line_offsets) {
    const Texts texts{view(text), view(offsets), view(line_status), view(line_offsets)};
    check_offsets(texts.offsets, texts.text.size(), "offsets");
    check_offsets(texts.line_offsets, texts.line_status.size(), "line_offsets");
    check_equal(texts.line_offsets.size(), texts.offsets.size(), "line_offsets");
    return texts;
}

void check_stories(std::span<const std::int64_t> stories, std::size_t count) {
    for (const std::int64_t story : stories) {
        if (story < 0 || static_cast<std::size_t>(story) >= count) {
            throw std::invalid_argument("story " + std::to_string(story) +
                                        ": story numbers are 0 to " + std::to_string(count - 1));
        }
    }
}

}  // namespace

void bind_bodies(nb::module_& module) {
    module.def(
        "collection_key",
        [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets) {
            check_offsets(view(offsets), text.size(), "offsets");
            const nb::gil_scoped_release release;
            std::uint64_t key = 0;  // in any order
            for (std::size_t i = 0; i + 1 < offsets.size(); ++i)
                key += mix64(xxh3::hash(row(view(text), view(offsets), i)));
            return mix64(key);
        },
        nb::arg("text"), nb::arg("offsets"));

    module.def(
        "split_bodies",
        [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets,
           const Input<std::uint8_t>& line_status, const Input<std::int64_t>& line_offsets,
           std::uint64_t key, int threads) {
            const Texts texts = checked(text, offsets, line_status, line_offsets);
            std::optional<BodyColumns> made;
            {
                const nb::gil_scoped_release release;
                made.emplace(split_bodies(texts, key, threads));
            }
            return nb::make_tuple(
                to_numpy(std::move(made->words)), to_numpy(std::move(made->flags)),
                to_numpy(std::move(made->offsets)), to_numpy(std::move(made->prose_words)),
                to_numpy(std::move(made->distinct)), to_numpy(std::move(made->masks)));
        },
        nb::arg("text"), nb::arg("offsets"), nb::arg("line_status"), nb::arg("line_offsets"),
        nb::kw_only(), nb::arg("key"), nb::arg("threads"));

    module.def(
        "places_of_moved",
        [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets,
           const Input<std::uint8_t>& line_status, const Input<std::int64_t>& line_offsets,
           std::uint64_t key, const Input<std::uint32_t>& words,
           const Input<std::int64_t>& word_offsets, const Input<std::uint64_t>& moved,
           const Input<std::uint32_t>& moved_words) {
            const Texts texts = checked(text, offsets, line_status, line_offsets);
            check_offsets(view(word_offsets), words.size(), "word_offsets");
            check_equal(word_offsets.size(), offsets.size(), "word_offsets");
            check_equal(moved_words.size(), moved.size(), "moved_words");
            std::pair<std::vector<std::int64_t>, std::vector<std::uint32_t>> found;
            {
                const nb::gil_scoped_release release;
                found = places_of_moved(texts, key, view(words), view(word_offsets),
                                        {view(moved), view(moved_words)});
            }
            return nb::make_tuple(to_numpy(std::move(found.first)),
                                  to_numpy(std::move(found.second)));
        },
        nb::arg("text"), nb::arg("offsets"), nb::arg("line_status"), nb::arg("line_offsets"),
        nb::kw_only(), nb::arg("key"), nb::arg("words"), nb::arg("word_offsets"), nb::arg("moved"),
        nb::arg("moved_words"));

    module.def(
        "body_letters",
        [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets,
           const Input<std::uint8_t>& line_status, const Input<std::int64_t>& line_offsets,
           const Input<std::uint8_t>& wanted) {
            const Texts texts = checked(text, offsets, line_status, line_offsets);
            check_equal(wanted.size(), texts.size(), "wanted");
            MadeLetters made;
            std::vector<std::int64_t> letter_offsets{0};
            {
                const nb::gil_scoped_release release;
                made = body_letters(texts, view(wanted));
                for (const std::int64_t count : made.counts)
                    letter_offsets.push_back(letter_offsets.back() + count);
            }
            return nb::make_tuple(to_numpy(std::move(made.letters)),
                                  to_numpy(std::move(letter_offsets)));
        },
        nb::arg("text"), nb::arg("offsets"), nb::arg("line_status"), nb::arg("line_offsets"),
        nb::kw_only(), nb::arg("wanted"));

    module.def(
        "mask_table",
        [](const Input<std::uint32_t>& words, const Input<std::uint64_t>& masks) {
            auto [keys, values] = mask_table(view(words), view(masks));
            return nb::make_tuple(to_numpy(std::move(keys)), to_numpy(std::move(values)));
        },
        nb::arg("words"), nb::arg("masks"));

    module.def(
        "character_spans",
        [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets,
           const Input<std::uint8_t>& line_status, const Input<std::int64_t>& line_offsets,
           const Input<std::int64_t>& stories, const Input<std::int64_t>& first,
           const Input<std::int64_t>& end, int threads) {
            const Texts texts = checked(text, offsets, line_status, line_offsets);
            check_equal(first.size(), stories.size(), "first");
            check_equal(end.size(), stories.size(), "end");
            check_stories(view(stories), texts.size());
            std::vector<std::int64_t> spans(2 * stories.size());
            {
                const nb::gil_scoped_release release;
                constexpr std::size_t kChunk = 4096;
                parallel_chunks(
                    stories.size(), threads, kChunk, [&] { return Places(texts); },
                    [&](Places& places, std::size_t from, std::size_t to) {
                        for (std::size_t k = from; k < to; ++k) {
                            const auto [start, stop] =
                                places.characters(static_cast<std::size_t>(view(stories)[k]),
                                                  view(first)[k], view(end)[k]);
                            spans[2 * k] = start;
                            spans[2 * k + 1] = stop;
                        }
                    });
            }
            return to_numpy(std::move(spans), 2);
        },
        nb::arg("text"), nb::arg("offsets"), nb::arg("line_status"), nb::arg("line_offsets"),
        nb::kw_only(), nb::arg("stories"), nb::arg("first"), nb::arg("end"), nb::arg("threads"));

    module.def(
        "same_words",
        [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets,
           const Input<std::uint8_t>& line_status, const Input<std::int64_t>& line_offsets,
           const Input<std::int64_t>& a, const Input<std::int64_t>& b,
           const Input<std::uint8_t>& by_hashes) {
            const Texts texts = checked(text, offsets, line_status, line_offsets);
            check_equal(b.size(), a.size(), "b");
            check_equal(by_hashes.size(), a.size(), "by_hashes");
            check_stories(view(a), texts.size());
            check_stories(view(b), texts.size());
            std::vector<std::uint8_t> same(a.size());
            WordsCompared words(texts);
            {
                const nb::gil_scoped_release release;
                for (std::size_t p = 0; p < same.size(); ++p)
                    same[p] =
                        words.same(static_cast<std::size_t>(view(a)[p]),
                                   static_cast<std::size_t>(view(b)[p]), view(by_hashes)[p] != 0);
            }
            return nb::make_tuple(to_numpy(std::move(same)), words.split());
        },
        nb::arg("text"), nb::arg("offsets"), nb::arg("line_status"), nb::arg("line_offsets"),
        nb::kw_only(), nb::arg("a"), nb::arg("b"), nb::arg("by_hashes"));
}

}  // namespace dupdetect
