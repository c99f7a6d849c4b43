// NumPy arrays in and out of the kernels: read-only spans of what Python passes, arrays that own
// what the kernels made.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace dupdetect {

namespace nb = nanobind;

template <typename T>
using Input = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <typename T>
using Output = nb::ndarray<nb::numpy, T>;

template <typename T>
std::span<const T> view(const Input<T>& array) {
    return {array.data(), array.size()};
}

template <typename T, typename Allocator>
Output<T> to_numpy(std::vector<T, Allocator>&& values, std::size_t columns = 0) {
    using Values = std::vector<T, Allocator>;
    auto* owned = new Values(std::move(values));
    nb::capsule owner(owned, [](void* p) noexcept { delete static_cast<Values*>(p); });
    if (columns == 0) return Output<T>(owned->data(), {owned->size()}, owner);
    return Output<T>(owned->data(), {owned->size() / columns, columns}, owner);
}

// The rows of a concatenated buffer: n + 1 ascending offsets that stay inside the data.
inline void check_offsets(std::span<const std::int64_t> offsets, std::size_t size,
                          const char* name) {
    if (offsets.empty())
        throw std::invalid_argument(std::string(name) + ": no offsets; pass n + 1");
    std::int64_t last = 0;
    for (const std::int64_t offset : offsets) {
        if (offset < last || static_cast<std::uint64_t>(offset) > size) {
            throw std::invalid_argument(std::string(name) + ": offset " + std::to_string(offset) +
                                        " is not between " + std::to_string(last) + " and " +
                                        std::to_string(size) + "; offsets ascend inside the data");
        }
        last = offset;
    }
}

inline void check_equal(std::size_t found, std::size_t expected, const char* name) {
    if (found != expected) {
        throw std::invalid_argument(std::string(name) + ": " + std::to_string(found) +
                                    " values, expected " + std::to_string(expected));
    }
}

template <typename T>
std::span<const T> row(std::span<const T> data, std::span<const std::int64_t> offsets,
                       std::size_t i) {
    return data.subspan(static_cast<std::size_t>(offsets[i]),
                        static_cast<std::size_t>(offsets[i + 1] - offsets[i]));
}

}  // namespace dupdetect
