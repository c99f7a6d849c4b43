// What callers ask for again and again, kept.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <utility>

namespace dupdetect {

// The last values that were made of what was given; T::is_of tells whether one was made of the
// same.
template <typename T>
class LastMade {
public:
    template <typename... Given>
    std::shared_ptr<const T> of(const Given&... given) {
        for (const auto& one : kept())
            if (one && one->is_of(given...)) return one;
        auto made = std::make_shared<const T>(given...);
        const std::lock_guard guard(lock_);
        kept_[1] = std::exchange(kept_[0], made);
        return made;
    }

private:
    // Copied, so that no comparison is made under the lock.
    std::array<std::shared_ptr<const T>, 2> kept() {
        const std::lock_guard guard(lock_);
        return kept_;
    }

    std::mutex lock_;
    std::array<std::shared_ptr<const T>, 2> kept_;
};

}  // namespace dupdetect
