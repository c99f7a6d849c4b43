// Digest, MinHash signature, band keys and winnowed fingerprints of each story's body.
#include <algorithm>
#include <array>

#include "arrays.hpp"
#include "bind.hpp"
#include "parallel.hpp"
#include "signer.hpp"
#include "xxh3.hpp"

namespace dupdetect {
namespace {

// Calls select(position) for the minimum of each window of shingles, the rightmost of equal ones,
// each position once (Schleimer, Wilkerson, Aiken 2003, section 4).
template <typename Select>
void winnow(std::span<const std::uint64_t> shingles, std::size_t window, Select&& select) {
    if (shingles.empty()) return;
    const std::size_t width = std::min(window, shingles.size());
    std::size_t least = shingles.size();
    for (std::size_t last = width - 1; last < shingles.size(); ++last) {
        const std::size_t first = last + 1 - width;
        if (least < first || least == shingles.size()) {
            least = first;
            for (std::size_t i = first + 1; i <= last; ++i) {
                if (shingles[i] <= shingles[least]) least = i;
            }
        } else if (shingles[last] <= shingles[least]) {
            least = last;
        } else {
            continue;
        }
        select(least);
    }
}

// 128 bits of a token stream. Odd and even words go through chains of their own, which run side by
// side in the processor.
std::array<std::uint64_t, 2> digest_of(std::span<const std::uint64_t> tokens) {
    const std::uint64_t size = tokens.size();
    std::array<std::uint64_t, 2> low = {size, ~size}, high = {~size, size};
    const auto add = [&](std::size_t lane, std::uint64_t token) {
        low[lane] = xxh3::mul_fold(low[lane] ^ token, xxh3::kP64_1);
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
};

constexpr std::size_t kShortBody = 128;

class Sketcher {
public:
    Sketcher(const Settings& settings, bool keep_signatures)
        : settings_(settings), keep_(keep_signatures), signature_(settings.a.size()) {}

    void sketch(Bytes text, std::span<const std::uint8_t> status, Sketches& out) {
        const Story& story = signer_.story;
        prepare(text, {}, signer_.story);
        check_equal(status.size(), story.lines.size(), "line_status of a story");
        body_.clear();
        for (std::size_t l = 0; l < status.size(); ++l) {
            if (status[l] == kFurniture) continue;
            body_.insert(body_.end(), story.hashes.begin() + story.lines[l].token_begin,
                         story.hashes.begin() + story.lines[l].token_end);
        }
        shingle(body_, settings_.shingle_words, signer_.shingles);
        signer_.sign(settings_.a, settings_.b, signature_);
        const std::array<std::uint64_t, 2> digest = digest_of(body_);
        out.digests.insert(out.digests.end(), digest.begin(), digest.end());
        out.body_words.push_back(static_cast<std::uint32_t>(body_.size()));
        for (std::size_t band = 0; band < settings_.bands; ++band) out.band_keys.push_back(band_key(band));
        const std::size_t before = out.fingerprints.size();
        winnow(signer_.shingles, settings_.window, [&](std::size_t at) {
            out.fingerprints.push_back((signer_.shingles[at] & ~std::uint64_t{0xFFFF}) | surroundings(at));
        });
        out.counts.push_back(static_cast<std::int64_t>(out.fingerprints.size() - before));
        if (keep_) out.signatures.insert(out.signatures.end(), signature_.begin(), signature_.end());
    }

private:
    // A byte for the words before a shingle and one for those after it, each half a window long:
    // of a shared run of a shingle and a window's other shingles one of the two is part. 0: too
    // few words there. Short bodies are compared wherever they share a shingle.
    std::uint64_t surroundings(std::size_t at) const {
        const std::size_t depth = settings_.window / 2, end = at + settings_.shingle_words;
        if (depth == 0 || body_.size() < kShortBody) return 0xFFFF;
        const auto byte_of = [&](std::size_t first) -> std::uint64_t {
            std::uint64_t hash = 0;
            for (std::size_t t = first; t < first + depth; ++t) hash = hash * kShingleBase + body_[t];
            return 1 + (mix64(hash) >> 32) % 254;
        };
        const std::uint64_t before = at >= depth ? byte_of(at - depth) : 0;
        return before << 8 | (end + depth <= body_.size() ? byte_of(end) : 0);
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
    std::vector<std::uint64_t> body_;
    std::vector<std::uint32_t> signature_;
};

}  // namespace

void bind_sketch(nb::module_& module) {
    module.def("sketch", [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets,
                            const Input<std::uint8_t>& line_status,
                            const Input<std::int64_t>& line_offsets, const Input<std::uint32_t>& a,
                            const Input<std::uint32_t>& b, std::size_t shingle_words,
                            std::size_t window, std::size_t bands, std::size_t rows,
                            bool signatures, int threads) {
        const auto texts = view(offsets), lines = view(line_offsets);
        check_offsets(texts, text.size(), "offsets");
        check_offsets(lines, line_status.size(), "line_offsets");
        check_equal(lines.size(), texts.size(), "line_offsets");
        check_equal(b.size(), a.size(), "b");
        if (bands * rows > a.size() || shingle_words == 0 || window == 0) {
            throw std::invalid_argument("bands * rows must not exceed the permutations, and "
                                        "shingle_words and window are 1 or more");
        }
        const Settings settings{shingle_words, window, bands, rows, view(a), view(b)};
        Sketches all;
        std::vector<std::int64_t> fingerprint_offsets{0};
        {
            const nb::gil_scoped_release release;
            constexpr std::size_t kChunk = 256;
            const std::size_t count = texts.size() - 1;
            std::vector<Sketches> parts((count + kChunk - 1) / kChunk);
            parallel_chunks(count, threads, kChunk, [&](std::size_t first, std::size_t last) {
                Sketcher sketcher(settings, signatures);
                for (std::size_t i = first; i < last; ++i) {
                    sketcher.sketch(row(view(text), texts, i), row(view(line_status), lines, i),
                                    parts[first / kChunk]);
                }
            });
            const auto join = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
            for (Sketches& part : parts) {
                join(all.digests, part.digests);
                join(all.band_keys, part.band_keys);
                join(all.fingerprints, part.fingerprints);
                join(all.signatures, part.signatures);
                join(all.body_words, part.body_words);
                for (const auto n : part.counts) fingerprint_offsets.push_back(fingerprint_offsets.back() + n);
                part = {};
            }
        }
        return nb::make_tuple(to_numpy(std::move(all.digests), 2), to_numpy(std::move(all.body_words)),
                              to_numpy(std::move(all.band_keys), std::max<std::size_t>(bands, 1)),
                              to_numpy(std::move(fingerprint_offsets)),
                              to_numpy(std::move(all.fingerprints)),
                              to_numpy(std::move(all.signatures), a.size()));
    }, nb::arg("text"), nb::arg("offsets"), nb::arg("line_status"), nb::arg("line_offsets"),
       nb::arg("a"), nb::arg("b"), nb::arg("shingle_words"), nb::arg("window"), nb::arg("bands"),
       nb::arg("rows"), nb::arg("signatures"), nb::arg("threads"));

    module.def("minhash", [](const Input<std::uint32_t>& hashes, const Input<std::uint32_t>& a,
                             const Input<std::uint32_t>& b) {
        check_equal(b.size(), a.size(), "b");
        std::vector<std::uint32_t> mixed(hashes.size()), out(a.size());
        const auto in = view(hashes);
        std::transform(in.begin(), in.end(), mixed.begin(), mix32);
        minima(mixed, view(a), view(b), out);
        return to_numpy(std::move(out));
    }, nb::arg("hashes"), nb::arg("a"), nb::arg("b"));

    module.def("shingle", [](const Input<std::uint64_t>& tokens, std::size_t words) {
        std::vector<std::uint64_t> out;
        shingle(view(tokens), std::max<std::size_t>(words, 1), out);
        return to_numpy(std::move(out));
    }, nb::arg("tokens"), nb::arg("words"));

    module.def("winnow", [](const Input<std::uint64_t>& shingles, std::size_t window) {
        std::vector<std::uint64_t> out;
        const auto all = view(shingles);
        winnow(all, std::max<std::size_t>(window, 1), [&](std::size_t at) { out.push_back(all[at]); });
        return to_numpy(std::move(out));
    }, nb::arg("shingles"), nb::arg("window"));
}

}  // namespace dupdetect
