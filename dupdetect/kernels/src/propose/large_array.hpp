// Memory for very many values, all of which get written: it is not cleared first, and stands in
// large pages where the system has them, which saves most of the page faults.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace dupdetect {

template <typename T>
class LargeArray {
    static_assert(std::is_trivially_default_constructible_v<T> &&
                  std::is_trivially_destructible_v<T>);

public:
    explicit LargeArray(std::size_t size) : size_(size) {
        if (size > std::numeric_limits<std::size_t>::max() / sizeof(T) - kPage)
            throw std::bad_alloc();
        const std::size_t bytes = (size * sizeof(T) + kPage - 1) / kPage * kPage;
        if (bytes == 0) return;
        values_.reset(static_cast<T*>(std::aligned_alloc(kPage, bytes)));
        if (values_ == nullptr) throw std::bad_alloc();
#if defined(__linux__)
        ::madvise(values_.get(), bytes, MADV_HUGEPAGE);  // a wish: without it all works as well
#endif
    }

    std::span<T> values() { return {values_.get(), size_}; }
    std::span<const T> values() const { return {values_.get(), size_}; }

private:
    static constexpr std::size_t kPage = std::size_t{1} << 21;
    struct Free {
        void operator()(T* values) const { std::free(values); }
    };

    std::size_t size_;
    std::unique_ptr<T[], Free> values_;
};

}  // namespace dupdetect
