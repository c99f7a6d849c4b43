// Union-find.
#include <algorithm>
#include <numeric>

#include "common/arrays.hpp"
#include "common/bind.hpp"

namespace dupdetect {
namespace {

// Smallest member of each node's set; path halving, the smaller root wins.
std::vector<std::int64_t> components(std::size_t count, std::span<const std::int64_t> a,
                                     std::span<const std::int64_t> b) {
    std::vector<std::int64_t> parent(count);
    std::iota(parent.begin(), parent.end(), 0);
    const auto root = [&](std::int64_t x) {
        while (parent[static_cast<std::size_t>(x)] != x) {
            std::int64_t& p = parent[static_cast<std::size_t>(x)];
            p = parent[static_cast<std::size_t>(p)];
            x = p;
        }
        return x;
    };
    for (std::size_t e = 0; e < a.size(); ++e) {
        const std::int64_t x = root(a[e]), y = root(b[e]);
        parent[static_cast<std::size_t>(std::max(x, y))] = std::min(x, y);
    }
    for (std::size_t i = 0; i < count; ++i) parent[i] = root(static_cast<std::int64_t>(i));
    return parent;
}

}  // namespace

void bind_group(nb::module_& module) {
    module.def(
        "components",
        [](std::size_t count, const Input<std::int64_t>& a, const Input<std::int64_t>& b) {
            check_equal(b.size(), a.size(), "b");
            for (const auto& side : {view(a), view(b)}) {
                for (const std::int64_t x : side) {
                    if (x < 0 || static_cast<std::size_t>(x) >= count) {
                        throw std::invalid_argument("edge end " + std::to_string(x) +
                                                    ": nodes are 0 to " + std::to_string(count) +
                                                    " - 1");
                    }
                }
            }
            std::vector<std::int64_t> labels;
            {
                const nb::gil_scoped_release release;
                labels = components(count, view(a), view(b));
            }
            return to_numpy(std::move(labels));
        },
        nb::arg("count"), nb::arg("a"), nb::arg("b"));
}

}  // namespace dupdetect
