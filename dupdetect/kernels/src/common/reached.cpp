// Which branches of the kernels were reached: in sanitizer builds, for the fuzzer.
#include "common/bind.hpp"

#ifdef DUPDETECT_SANITIZE
#include <algorithm>

#include "common/arrays.hpp"

namespace {

constexpr std::size_t places = 1 << 16;
std::uint8_t counts[places];  // by a hash of the place; threads may lose some

}  // namespace

// The compiler calls it at the start of every basic block; it must call nothing itself.
extern "C" void __sanitizer_cov_trace_pc();
void __sanitizer_cov_trace_pc() {
    const auto place = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
    std::uint8_t& count = counts[place * 0x9E3779B97F4A7C15ULL >> 48];
    if (count < 255) ++count;
}

namespace dupdetect {

void bind_reached(nb::module_& module) {
    module.def(
        "reached",
        [] {
            std::vector<std::uint8_t> found(std::begin(counts), std::end(counts));
            std::fill(std::begin(counts), std::end(counts), std::uint8_t{0});
            return to_numpy(std::move(found));
        },
        "How often each place was reached since the last call, up to 255.");
}

}  // namespace dupdetect
#else
namespace dupdetect {

void bind_reached(nanobind::module_&) {}

}  // namespace dupdetect
#endif
