// Settings and measurements by name: Python passes each setting as a keyword, and asks for names.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <set>
#include <string>
#include <string_view>
#include <tuple>

namespace dupdetect {

namespace nb = nanobind;

template <typename Struct, typename Value>
struct Field {
    std::string_view name;
    Value Struct::* member;
};

// A field under its own name, so that neither can be another's.
#define DUPDETECT_FIELD(Struct, member) \
    ::dupdetect::Field { std::string_view(#member), &Struct::member }

template <typename... Fields>
nb::tuple field_names(const std::tuple<Fields...>& fields) {
    return std::apply(
        [](const auto&... field) {
            return nb::make_tuple(nb::str(field.name.data(), field.name.size())...);
        },
        fields);
}

// A class that is made of one keyword for each field, and tells their names in FIELDS.
template <typename Struct, typename... Fields>
void bind_settings(nb::module_& module, const char* name, const std::tuple<Fields...>& fields) {
    nb::class_<Struct> bound(module, name);
    bound.def("__init__", [fields](Struct* self, const nb::kwargs& given) {
        Struct settings{};
        std::set<std::string> taken;
        const auto take = [&](const auto& field) {
            const nb::str key(field.name.data(), field.name.size());
            if (!given.contains(key)) {
                throw nb::type_error(
                    (std::string(field.name) + ": no value; pass every setting").c_str());
            }
            auto& value = settings.*field.member;
            if (!nb::try_cast(given[key], value)) {
                throw nb::type_error(
                    (std::string(field.name) + ": a value of another type").c_str());
            }
            taken.emplace(field.name);
        };
        std::apply([&](const auto&... field) { (take(field), ...); }, fields);
        for (const auto& setting : given) {
            const auto key = nb::cast<std::string>(setting.first);
            if (taken.contains(key)) continue;
            throw nb::type_error((key + ": no such setting; FIELDS has them").c_str());
        }
        new (self) Struct(settings);
    });
    // The names are literals, which end with a zero.
    std::apply(
        [&](const auto&... field) {
            // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage)
            (bound.def_ro(field.name.data(), field.member), ...);
        },
        fields);
    bound.attr("FIELDS") = field_names(fields);
}

}  // namespace dupdetect
