#include "common/vectors.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <stdexcept>
#include <string>

#include "common/bind.hpp"
#include "common/platform.hpp"

#include <nanobind/stl/string.h>

namespace dupdetect {
namespace {

constexpr std::array<const char*, 3> kNames = {"none", "avx2", "avx512"};

Vectors best() {
#if defined(DUPDETECT_X86)
    __builtin_cpu_init();  // the static below may be made before the library's own call
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("bmi2")) {
        return Vectors::kAvx512;
    }
    if (__builtin_cpu_supports("avx2")) return Vectors::kAvx2;
#endif
    return Vectors::kNone;
}

std::atomic<Vectors> used{best()};

std::string use_vectors(const std::string& most) {
    for (std::size_t level = 0; level < kNames.size(); ++level) {
        if (most != kNames[level]) continue;
        limit_vectors(static_cast<Vectors>(level));
        return kNames[static_cast<std::size_t>(vectors())];
    }
    throw std::invalid_argument("vectors: '" + most + "', expected none, avx2 or avx512");
}

}  // namespace

void limit_vectors(Vectors most) { used = std::min(most, best()); }

Vectors vectors() { return used.load(std::memory_order_relaxed); }

void bind_vectors(nanobind::module_& module) {
    module.def("use_vectors", &use_vectors, nanobind::arg("most"),
               "Use no better vector instructions than these; returns what is used.");
}

}  // namespace dupdetect
