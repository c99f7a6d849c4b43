// Digest, MinHash signature, band keys and winnowed fingerprints of each story's body, and with
// them what alignment reads of it.
#include <algorithm>
#include <array>
#include <optional>

#include "align/bodies.hpp"
#include "common/arrays.hpp"
#include "common/bind.hpp"
#include "common/parallel.hpp"
#include "numbers.hpp"
#include "propose/neighbours.hpp"
#include "sketch/signer.hpp"
#include "sketch/winnow.hpp"
#include "text/letters.hpp"
#include "text/xxh3.hpp"

namespace dupdetect {
namespace {

// 128 bits of a token stream. Odd and even words go through chains of their own, which run side by
// side in the processor.
std::array<std::uint64_t, 2> digest_of(std::span<const std::uint64_t> tokens) {
    const std::uint64_t size = tokens.size();
    std::array<std::uint64_t, 2> low = {size, ~size}, high = {~size, size};
    const auto add = [&](std::size_t lane, std::uint64_t token) {
        low[lane] = multiply_fold(low[lane] ^ token, xxh3::kP64_1);
        high[lane] = (high[lane] ^ token) * kShingleBase;
    };
    for (std::size_t t = 0; t + 1 < tokens.size(); t += 2) {
        add(0, tokens[t]);
        add(1, tokens[t + 1]);
    }
    if (size % 2 != 0) add(0, tokens.back());
    return {mix64(low[0] * kShingleBase + low[1]), mix64(mix64(high[0]) + high[1])};
}

struct Settings {
    std::size_t shingle_words, window, bands, rows;
    Words32 a, b;
};

struct Sketches {
    std::vector<std::uint64_t> digests, band_keys, fingerprints;
    std::vector<std::uint32_t> signatures, body_words;
    std::vector<std::int64_t> counts;
    MadeBodies bodies;
};

struct Kept {
    bool signatures = false;
    std::optional<std::uint64_t> body_key = {};  // of bodies; none: they are not made
};

class Sketcher {
public:
    Sketcher(const Settings& settings, Kept kept)
        : settings_(settings), keep_(kept.signatures), signature_(settings.a.size()) {
        if (kept.body_key) maker_.emplace(*kept.body_key);
    }

    void sketch(Bytes text, std::span<const std::uint8_t> status, Sketches& out) {
        prepare(text, {}, signer_.story);
        if (maker_) maker_->add(text, signer_.story, status, out.bodies);
        const std::span<const std::uint64_t> body = keep_body(status);
        if (has_single_) {
            shingle_by_weight(body, single_, settings_.shingle_words, signer_.shingles, lengths_);
        } else {
            shingle(body, settings_.shingle_words, signer_.shingles);
        }
        signer_.sign(settings_.a, settings_.b, signature_);
        const std::array<std::uint64_t, 2> digest = digest_of(body);
        out.digests.insert(out.digests.end(), digest.begin(), digest.end());
        out.body_words.push_back(static_cast<std::uint32_t>(body.size()));
        for (std::size_t band = 0; band < settings_.bands; ++band)
            out.band_keys.push_back(band_key(band));
        winnow(signer_.shingles, body.size() < numbers.sketch.flash ? 1 : settings_.window,
               selected_);
        const std::size_t before = out.fingerprints.size();
        add_fingerprints(body, digest[0], out.fingerprints);
        if (const std::uint64_t sampled = look_at_letters(status); sampled != 0) {
            add_letters(status, sampled, out.fingerprints);
        }
        out.counts.push_back(static_cast<std::int64_t>(out.fingerprints.size() - before));
        if (keep_)
            out.signatures.insert(out.signatures.end(), signature_.begin(), signature_.end());
    }

private:
    // Moves the words of lines that are no furniture together.
    std::span<const std::uint64_t> keep_body(std::span<const std::uint8_t> status) {
        Story& story = signer_.story;
        check_equal(status.size(), story.lines.size(), "line_status of a story");
        const std::span words(story.hashes);
        const auto bytes_of = [&](const Span& word) {
            return Bytes(story.folded).subspan(word.at, word.size);
        };
        std::size_t kept = 0;
        has_single_ = std::ranges::any_of(
            story.words, [&](const Span& word) { return is_single(bytes_of(word)); });
        single_.resize(has_single_ ? words.size() : 0);
        for (std::size_t l = 0; l < status.size(); ++l) {
            if (status[l] == kFurniture) continue;
            const Line& line = story.lines[l];
            const auto from = words.subspan(line.token_begin, line.token_end - line.token_begin);
            if (kept != line.token_begin) std::ranges::copy(from, words.subspan(kept).begin());
            for (std::size_t k = 0; has_single_ && k < from.size(); ++k)
                single_[kept + k] = is_single(story.folded_word(line.token_begin + k));
            kept += from.size();
        }
        return words.first(kept);
    }

    // Of each selected shingle 40 bits, and 24 of its surroundings: see propose/neighbours.hpp.
    // Words beyond the body's ends are made up: nothing equals them but by chance. Short bodies
    // are compared wherever they share a shingle.
    void add_fingerprints(std::span<const std::uint64_t> body, std::uint64_t end,
                          std::vector<std::uint64_t>& out) {
        const std::size_t group = group_words(settings_.window - 1);
        const bool anywhere = settings_.window == 1 || body.size() < numbers.sketch.short_body;
        if (!anywhere) shingle(body, group, groups_);
        for (const std::uint64_t at : selected_) {
            std::uint64_t around = kAnywhere;
            if (!anywhere) {
                const std::size_t words = has_single_ ? lengths_[at] : settings_.shingle_words;
                around = 0;
                for (std::size_t side = 0; side < 2; ++side) {
                    for (std::size_t k = kNeighbours; k-- > 0;) {
                        const int bits = k < kTwoBits ? 2 : 1;
                        const std::size_t back = (k + 1) * group, ahead = at + words + k * group;
                        const bool inside = side == 0 ? back <= at : ahead + group <= body.size();
                        const std::uint64_t hash = inside ? groups_[side == 0 ? at - back : ahead]
                                                          : mix64(end + side * kNeighbours + k);
                        around = around << bits | hash >> (64 - bits);
                    }
                }
                if (around == 0) around = kAnywhere;
            }
            out.push_back((signer_.shingles[at] & ~std::uint64_t{kAnywhere}) | around);
        }
    }

    // Calls use(word) for the words outside furniture while it returns true.
    template <typename Use>
    void each_word(std::span<const std::uint8_t> status, Use&& use) const {
        const Story& story = signer_.story;
        for (std::size_t l = 0; l < status.size(); ++l) {
            if (status[l] == kFurniture) continue;
            const Line& line = story.lines[l];
            for (std::size_t t = line.token_begin; t < line.token_end; ++t) {
                if (!use(story.folded_word(t))) return;
            }
        }
    }

    std::uint64_t look_at_letters(std::span<const std::uint8_t> status) {
        odd_.clear();
        each_word(status, [&](Bytes word) { return odd_.add(word); });
        return odd_.sampled();
    }

    // Two damaged texts share few words, but stretches of letters, whatever was taken for a space
    // or for none. None has surroundings: two that are shared propose a pair.
    void add_letters(std::span<const std::uint8_t> status, std::uint64_t sampled,
                     std::vector<std::uint64_t>& out) {
        letters_.clear();
        each_word(status, [&](Bytes word) {
            letters_.insert(letters_.end(), word.begin(), word.end());
            return true;
        });
        letter_fingerprints(letters_, sampled, out);
    }

    std::uint64_t band_key(std::size_t band) const {
        std::uint64_t key = band;
        for (std::size_t r = 0; r < settings_.rows; ++r) {
            key = (key ^ signature_[band * settings_.rows + r]) * kShingleBase;
        }
        return mix64(key);
    }

    const Settings& settings_;
    bool keep_;
    Signer signer_;
    std::vector<std::uint64_t> groups_;  // scratch
    Room<std::uint8_t> single_;  // which words of the body are single characters
    bool has_single_ = false;  // any of them
    std::vector<std::uint32_t> lengths_;  // words of each shingle then
    std::vector<std::uint8_t> letters_;  // scratch: of a damaged text
    OddLetters odd_;
    Room<std::uint64_t> selected_;
    std::vector<std::uint32_t> signature_;
    std::optional<BodyMaker> maker_;
};

// Of all stories.
struct Sketched {
    Sketches all;
    std::vector<std::int64_t> fingerprint_offsets{0};
    std::vector<MadeBodies> bodies;  // in parts
};

Sketched sketch_all(const Texts& texts, const Settings& settings, Kept kept, int threads) {
    constexpr std::size_t kChunk = 256;
    std::vector<Sketches> parts((texts.size() + kChunk - 1) / kChunk);
    parallel_chunks(
        texts.size(), threads, kChunk, [&] { return Sketcher(settings, kept); },
        [&](Sketcher& sketcher, std::size_t first, std::size_t last) {
            for (std::size_t i = first; i < last; ++i)
                sketcher.sketch(texts.of(i), texts.status(i), parts[first / kChunk]);
        });
    Sketched found;
    for (Sketches& part : parts) {
        for (const auto n : part.counts)
            found.fingerprint_offsets.push_back(found.fingerprint_offsets.back() + n);
        found.bodies.push_back(std::move(part.bodies));
    }
    const auto join = [&](auto Sketches::* field) {
        std::size_t size = 0;
        for (const Sketches& part : parts) size += (part.*field).size();
        (found.all.*field).reserve(size);
        for (Sketches& part : parts) {
            (found.all.*field)
                .insert((found.all.*field).end(), (part.*field).begin(), (part.*field).end());
            part.*field = {};
        }
    };
    join(&Sketches::digests);
    join(&Sketches::band_keys);
    join(&Sketches::fingerprints);
    join(&Sketches::signatures);
    join(&Sketches::body_words);
    return found;
}

Settings checked(const Texts& texts, const Settings& settings) {
    check_offsets(texts.offsets, texts.text.size(), "offsets");
    check_offsets(texts.line_offsets, texts.line_status.size(), "line_offsets");
    check_equal(texts.line_offsets.size(), texts.offsets.size(), "line_offsets");
    check_equal(settings.b.size(), settings.a.size(), "b");
    if (settings.bands * settings.rows > settings.a.size() || settings.shingle_words == 0 ||
        settings.window == 0) {
        throw std::invalid_argument(
            "bands * rows must not exceed the permutations, and "
            "shingle_words and window are 1 or more");
    }
    return settings;
}

nb::tuple to_arrays(Sketched&& found, const Settings& settings) {
    Sketches& all = found.all;
    return nb::make_tuple(
        to_numpy(std::move(all.digests), 2), to_numpy(std::move(all.body_words)),
        to_numpy(std::move(all.band_keys), std::max<std::size_t>(settings.bands, 1)),
        to_numpy(std::move(found.fingerprint_offsets)), to_numpy(std::move(all.fingerprints)),
        to_numpy(std::move(all.signatures), settings.a.size()));
}

}  // namespace

void bind_sketch(nb::module_& module) {
    module.def(
        "sketch",
        [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets,
           const Input<std::uint8_t>& line_status, const Input<std::int64_t>& line_offsets,
           const Input<std::uint32_t>& a, const Input<std::uint32_t>& b, std::size_t shingle_words,
           std::size_t window, std::size_t bands, std::size_t rows, bool signatures, int threads) {
            const Texts texts{view(text), view(offsets), view(line_status), view(line_offsets)};
            const Settings settings =
                checked(texts, {shingle_words, window, bands, rows, view(a), view(b)});
            Sketched found;
            {
                const nb::gil_scoped_release release;
                found = sketch_all(texts, settings, {.signatures = signatures}, threads);
            }
            return to_arrays(std::move(found), settings);
        },
        nb::arg("text"), nb::arg("offsets"), nb::arg("line_status"), nb::arg("line_offsets"),
        nb::kw_only(), nb::arg("a"), nb::arg("b"), nb::arg("shingle_words"), nb::arg("window"),
        nb::arg("bands"), nb::arg("rows"), nb::arg("signatures"), nb::arg("threads"));

    module.def(
        "sketch_and_split",
        [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets,
           const Input<std::uint8_t>& line_status, const Input<std::int64_t>& line_offsets,
           const Input<std::uint32_t>& a, const Input<std::uint32_t>& b, std::size_t shingle_words,
           std::size_t window, std::size_t bands, std::size_t rows, std::uint64_t key,
           int threads) {
            const Texts texts{view(text), view(offsets), view(line_status), view(line_offsets)};
            const Settings settings =
                checked(texts, {shingle_words, window, bands, rows, view(a), view(b)});
            Sketched found;
            std::optional<BodyColumns> made;
            {
                const nb::gil_scoped_release release;
                found = sketch_all(texts, settings, {.body_key = key}, threads);
                made.emplace(joined(std::move(found.bodies)));
            }
            return nb::make_tuple(
                to_arrays(std::move(found), settings),
                nb::make_tuple(
                    to_numpy(std::move(made->words)), to_numpy(std::move(made->flags)),
                    to_numpy(std::move(made->offsets)), to_numpy(std::move(made->prose_words)),
                    to_numpy(std::move(made->distinct)), to_numpy(std::move(made->masks))));
        },
        nb::arg("text"), nb::arg("offsets"), nb::arg("line_status"), nb::arg("line_offsets"),
        nb::kw_only(), nb::arg("a"), nb::arg("b"), nb::arg("shingle_words"), nb::arg("window"),
        nb::arg("bands"), nb::arg("rows"), nb::arg("key"), nb::arg("threads"));

    module.def(
        "minhash",
        [](const Input<std::uint32_t>& hashes, const Input<std::uint32_t>& a,
           const Input<std::uint32_t>& b) {
            check_equal(b.size(), a.size(), "b");
            std::vector<std::uint32_t> mixed(hashes.size()), out(a.size());
            const auto in = view(hashes);
            std::transform(in.begin(), in.end(), mixed.begin(), mix32);
            minima(mixed, view(a), view(b), out);
            return to_numpy(std::move(out));
        },
        nb::arg("hashes"), nb::kw_only(), nb::arg("a"), nb::arg("b"));

    module.def(
        "shingle",
        [](const Input<std::uint64_t>& tokens, std::size_t words) {
            std::vector<std::uint64_t> out;
            shingle(view(tokens), std::max<std::size_t>(words, 1), out);
            return to_numpy(std::move(out));
        },
        nb::arg("tokens"), nb::arg("words"));

    module.def(
        "winnow",
        [](const Input<std::uint64_t>& shingles, std::size_t window) {
            Room<std::uint64_t> selected;
            winnow(view(shingles), std::max<std::size_t>(window, 1), selected);
            for (std::uint64_t& at : selected) at = view(shingles)[at];
            return to_numpy(std::move(selected));
        },
        nb::arg("shingles"), nb::arg("window"));
}

}  // namespace dupdetect
