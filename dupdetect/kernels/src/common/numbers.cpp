// The numbers that decide results, for the digest of the rules and for benchmarks.
#include <nanobind/stl/string.h>

#include <stdexcept>
#include <string>
#include <type_traits>

#include "common/bind.hpp"
#include "numbers.hpp"

namespace dupdetect {

namespace nb = nanobind;

void bind_numbers(nb::module_& module) {
    module.def(
        "number_table",
        [] {
            nb::dict found;
            each_number([&](std::string_view name, const auto& number) {
                found[nb::str(name.data(), name.size())] = number;
            });
            return found;
        },
        "Every number by its name, as it is used now.");
    module.def(
        "change_number",
        [](const std::string& wanted, double value) {
            bool known = false;
            each_number([&](std::string_view name, auto& number) {
                if (name != wanted) return;
                number = static_cast<std::remove_reference_t<decltype(number)>>(value);
                known = true;
            });
            if (!known)
                throw std::invalid_argument(wanted + ": no such number; see number_table()");
        },
        nb::arg("name"), nb::arg("value"),
        "Use another number in this process: to measure what a rule is worth, nothing else.");
}

}  // namespace dupdetect
