#include "common/bind.hpp"

NB_MODULE(_dupdetect, module) {
    module.doc() = "Native kernels of dupdetect; see dupdetect.kernels for what each one does.";
    module.attr("VERSION") = DUPDETECT_VERSION;
    dupdetect::bind_signals(module);
    dupdetect::bind_prepare(module);
    dupdetect::bind_lines(module);
    dupdetect::bind_summaries(module);
    dupdetect::bind_company(module);
    dupdetect::bind_status(module);
    dupdetect::bind_furniture(module);
    dupdetect::bind_sign(module);
    dupdetect::bind_sketch(module);
    dupdetect::bind_damage(module);
    dupdetect::bind_families(module);
    dupdetect::bind_group(module);
    dupdetect::bind_postings(module);
    dupdetect::bind_look_up(module);
    dupdetect::bind_bodies(module);
    dupdetect::bind_align(module);
    dupdetect::bind_facts(module);
    dupdetect::bind_own_facts(module);
    dupdetect::bind_jsonl(module);
    dupdetect::bind_buckets(module);
    dupdetect::bind_credit(module);
    dupdetect::bind_reached(module);
    dupdetect::bind_vectors(module);
    dupdetect::bind_looked_at(module);
    dupdetect::bind_numbers(module);
}
