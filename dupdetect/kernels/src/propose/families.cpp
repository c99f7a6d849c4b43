// Pairs of the families that share a fingerprint of very many classes.
#include <algorithm>
#include <tuple>
#include <vector>

#include "common/arrays.hpp"
#include "common/bind.hpp"
#include "common/parallel.hpp"
#include "propose/neighbours.hpp"
#include "propose/sort_by_key.hpp"

namespace dupdetect {
namespace {

struct Place {
    std::int64_t family;
    std::uint32_t row;
    std::uint32_t around;
};

struct Found {
    std::vector<std::uint64_t> pairs;  // of rows, in one number each
    std::vector<std::int64_t> stock, stock_rows, stock_sizes;
};

struct Lists {
    std::span<const std::int64_t> rows, offsets, families;
    std::span<const std::uint32_t> around;
    std::size_t most;
    std::size_t neighbours;
};

class Pairing {
public:
    explicit Pairing(const Lists& lists) : lists_(lists) {}

    void collect(std::size_t list, Found& out) {
        places_.clear();
        for (auto at = static_cast<std::size_t>(lists_.offsets[list]);
             at < static_cast<std::size_t>(lists_.offsets[list + 1]); ++at) {
            const std::int64_t row = lists_.rows[at];
            places_.push_back({lists_.families[static_cast<std::size_t>(row)],
                               static_cast<std::uint32_t>(row), lists_.around[at]});
        }
        keep_first([](const Place& place) { return std::tuple(place.family, place.around); },
                   places_);
        first_ = places_;
        keep_first([](const Place& place) { return place.family; }, first_);
        if (first_.size() > lists_.most) {
            out.stock.push_back(static_cast<std::int64_t>(list));
            out.stock_rows.push_back(first_[0].row);
            out.stock_sizes.push_back(static_cast<std::int64_t>(first_.size()));
        } else if (first_.size() > 1) {
            pair(out.pairs);
        }
    }

private:
    // The first row of each value of part(place), in the order of the values.
    template <typename Part>
    static void keep_first(Part&& part, std::vector<Place>& places) {
        std::sort(places.begin(), places.end(), [&](const Place& x, const Place& y) {
            return std::tuple(part(x), x.row) < std::tuple(part(y), y.row);
        });
        const auto equal = [&](const Place& x, const Place& y) { return part(x) == part(y); };
        places.erase(std::unique(places.begin(), places.end(), equal), places.end());
    }

    // Of those that share so many neighbours, the first of each family pair: they share some on the
    // one side and the others on the other. What equals any is the same with the first of all.
    void pair(std::vector<std::uint64_t>& out) {
        for (const Place& place : places_) {
            if (place.around != kAnywhere) continue;
            for (const Place& other : first_) add(place, other, out);
        }
        for (std::size_t groups = 0; groups <= lists_.neighbours; ++groups) {
            const std::size_t others = lists_.neighbours - groups;
            if (groups <= kNeighbours && others <= kNeighbours) pair_alike(groups, others, out);
        }
    }

    void pair_alike(std::size_t groups_before, std::size_t groups_after,
                    std::vector<std::uint64_t>& out) {
        const std::uint32_t known_before = (1U << bits_of(groups_before)) - 1,
                            known_after = (1U << bits_of(groups_after)) - 1,
                            known = known_before << kSideBits | known_after;
        const auto bits = [known](const Place& place) { return place.around & known; };
        alike_.clear();
        for (const Place& place : places_) {
            if (place.around != kAnywhere && place.around != 0) alike_.push_back(place);
        }
        keep_first([&](const Place& place) { return std::tuple(bits(place), place.family); },
                   alike_);
        for (std::size_t i = 0; i < alike_.size(); ++i) {
            for (std::size_t k = i + 1; k < alike_.size() && bits(alike_[k]) == bits(alike_[i]);
                 ++k) {
                add(alike_[i], alike_[k], out);
            }
        }
    }

    static void add(const Place& x, const Place& y, std::vector<std::uint64_t>& out) {
        if (x.family == y.family) return;
        out.push_back(std::uint64_t{std::min(x.row, y.row)} << 32 | std::max(x.row, y.row));
    }

    const Lists& lists_;
    std::vector<Place> places_, first_, alike_;
};

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& part) {
    to.insert(to.end(), part.begin(), part.end());
}

void distinct(std::vector<std::uint64_t>& pairs) {
    sort_by_key(pairs, [](std::uint64_t pair) { return pair; });
    pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
}

Found collect(const Lists& lists, int threads) {
    constexpr std::size_t kChunk = 1024;
    const std::size_t count = lists.offsets.size() - 1;
    std::vector<Found> parts((count + kChunk - 1) / kChunk);
    parallel_chunks(
        count, threads, kChunk, [&] { return Pairing(lists); },
        [&](Pairing& pairing, std::size_t first, std::size_t last) {
            Found& part = parts[first / kChunk];
            for (std::size_t list = first; list < last; ++list) pairing.collect(list, part);
            distinct(part.pairs);
        });
    Found all;
    for (Found& part : parts) {
        append(all.pairs, part.pairs);
        append(all.stock, part.stock);
        append(all.stock_rows, part.stock_rows);
        append(all.stock_sizes, part.stock_sizes);
        part = {};
    }
    distinct(all.pairs);
    return all;
}

nb::tuple family_pairs(const Input<std::int64_t>& rows, const Input<std::int64_t>& offsets,
                       const Input<std::uint32_t>& around, const Input<std::int64_t>& families,
                       std::size_t most, std::size_t run_words, int threads) {
    const Lists lists{view(rows),   view(offsets), view(families),
                      view(around), most,          groups_in(run_words)};
    check_offsets(lists.offsets, lists.rows.size(), "offsets");
    check_equal(lists.around.size(), lists.rows.size(), "around");
    for (const std::int64_t row : lists.rows) {
        if (row < 0 || row >= static_cast<std::int64_t>(lists.families.size())) {
            throw std::invalid_argument("rows: " + std::to_string(row) + " has no family");
        }
    }
    Found found;
    {
        const nb::gil_scoped_release release;
        found = collect(lists, threads);
    }
    std::vector<std::int64_t> keys(found.pairs.begin(), found.pairs.end());
    return nb::make_tuple(to_numpy(std::move(keys)), to_numpy(std::move(found.stock)),
                          to_numpy(std::move(found.stock_rows)),
                          to_numpy(std::move(found.stock_sizes)));
}

}  // namespace

void bind_families(nb::module_& module) {
    using namespace nb::literals;
    module.def("family_pairs", &family_pairs, "rows"_a, "offsets"_a, "around"_a, nb::kw_only(),
               "families"_a, "most"_a, "run_words"_a, "threads"_a = 1,
               "Pairs of families; see dupdetect.kernels.reference.group for the same in "
               "Python.");
}

}  // namespace dupdetect
