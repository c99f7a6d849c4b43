// Which pages print a line: of each publisher, and of all, those of the smallest content hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace dupdetect {

// Whose pages a summary is about: those of one publisher (0 and up), or of these.
inline constexpr std::int32_t kUnknownPublisher = -1, kAllPages = -2;

inline constexpr std::int32_t kUnknownDay = std::numeric_limits<std::int32_t>::min();

struct Page {
    std::uint64_t content;
    std::int64_t number;
    std::int32_t day;
};

// The pages of smallest content hash, each content once, ascending. It does not depend on the order
// in which they come, nor on whether others were merged before.
class Sample {
public:
    explicit Sample(std::size_t most) : most_(most) {}

    void add(const Page& page);
    void clear() { pages_.clear(); }
    std::span<const Page> pages() const { return pages_; }

private:
    std::size_t most_;
    std::vector<Page> pages_;
};

struct Summaries {
    std::vector<std::uint64_t> keys;
    std::vector<std::int32_t> scopes;
    std::vector<std::int64_t> offsets{0};  // of each summary's pages
    std::vector<std::uint64_t> contents;
    std::vector<std::int64_t> pages;
    std::vector<std::int32_t> days;

    std::size_t size() const { return keys.size(); }
    void add(std::uint64_t key, std::int32_t scope, std::span<const Page> sampled);
    Page page(std::size_t at) const { return {contents[at], pages[at], days[at]}; }
};

}  // namespace dupdetect
