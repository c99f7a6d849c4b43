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

// Least significant digit radix sort by key, stable; 11 bits a pass, passes without work skipped.
inline void sort_by_key(std::vector<Entry>& entries) {
    constexpr int kBits = 11;
    constexpr std::size_t kBuckets = std::size_t{1} << kBits;
    if (entries.size() < 4096) {
        std::stable_sort(entries.begin(), entries.end(),
                         [](const Entry& a, const Entry& b) { return a.key < b.key; });
        return;
    }
    std::vector<Entry> other(entries.size());
    for (int shift = 0; shift < 64; shift += kBits) {
        std::array<std::size_t, kBuckets + 1> starts{};
        for (const Entry& e : entries) ++starts[(e.key >> shift & (kBuckets - 1)) + 1];
        if (std::find(starts.begin(), starts.end(), entries.size()) != starts.end()) continue;
        std::partial_sum(starts.begin(), starts.end(), starts.begin());
        for (const Entry& e : entries) other[starts[e.key >> shift & (kBuckets - 1)]++] = e;
        entries.swap(other);
    }
}

}  // namespace dupdetect
