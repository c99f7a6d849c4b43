#include "common/looked_at.hpp"

#include "common/bind.hpp"

namespace dupdetect {

std::uint64_t& looked_at() {
    thread_local std::uint64_t words = 0;
    return words;
}

void bind_looked_at(nanobind::module_& module) {
    module.def(
        "looked_at", [] { return looked_at(); },
        "Words that comparing looked at in this thread so far.");
}

}  // namespace dupdetect
