// What each kernel file adds to the module.
#pragma once

#include <nanobind/nanobind.h>

namespace dupdetect {

void bind_align(nanobind::module_& module);
void bind_bodies(nanobind::module_& module);
void bind_buckets(nanobind::module_& module);
void bind_company(nanobind::module_& module);
void bind_credit(nanobind::module_& module);
void bind_damage(nanobind::module_& module);
void bind_families(nanobind::module_& module);
void bind_furniture(nanobind::module_& module);
void bind_facts(nanobind::module_& module);
void bind_own_facts(nanobind::module_& module);
void bind_group(nanobind::module_& module);
void bind_jsonl(nanobind::module_& module);
void bind_looked_at(nanobind::module_& module);
void bind_lines(nanobind::module_& module);
void bind_look_up(nanobind::module_& module);
void bind_numbers(nanobind::module_& module);
void bind_postings(nanobind::module_& module);
void bind_prepare(nanobind::module_& module);
void bind_reached(nanobind::module_& module);
void bind_sign(nanobind::module_& module);
void bind_signals(nanobind::module_& module);
void bind_sketch(nanobind::module_& module);
void bind_status(nanobind::module_& module);
void bind_summaries(nanobind::module_& module);
void bind_vectors(nanobind::module_& module);

}  // namespace dupdetect
