// Sorting by 64-bit keys without comparing them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace dupdetect {

struct Entry {
    std::uint64_t key;
    std::uint32_t row;
};

// Least significant digit radix sort by key(value), stable; 11 bits a pass, passes without work
// skipped.
template <typename T, typename Key>
void sort_by_key(std::vector<T>& values, Key&& key) {
    constexpr int kBits = 11;
    constexpr std::size_t kBuckets = std::size_t{1} << kBits;
    if (values.size() < 2 * kBuckets) {
        std::stable_sort(values.begin(), values.end(),
                         [&](const T& a, const T& b) { return key(a) < key(b); });
        return;
    }
    std::vector<T> other(values.size());
    for (int shift = 0; shift < 64; shift += kBits) {
        std::array<std::size_t, kBuckets + 1> starts{};
        for (const T& value : values) ++starts[(key(value) >> shift & (kBuckets - 1)) + 1];
        if (std::find(starts.begin(), starts.end(), values.size()) != starts.end()) continue;
        std::partial_sum(starts.begin(), starts.end(), starts.begin());
        for (const T& value : values) other[starts[key(value) >> shift & (kBuckets - 1)]++] = value;
        values.swap(other);
    }
}

inline void sort_by_key(std::vector<Entry>& entries) {
    sort_by_key(entries, [](const Entry& entry) { return entry.key; });
}

}  // namespace dupdetect
