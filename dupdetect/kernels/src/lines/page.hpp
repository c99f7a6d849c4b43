// What the lines of one page are by themselves: credits, captions, lines printed twice, players.
#pragma once

#include <cstdint>
#include <vector>

#include "lines/terms.hpp"
#include "numbers.hpp"
#include "text/story.hpp"

namespace dupdetect {

class PageReader {
public:
    explicit PageReader(const TermTable& terms) : terms_(terms) {}

    // Flags of every line of a story.
    const std::vector<std::uint8_t>& read(Bytes text, const Story& story);

private:
    struct Facts {
        std::uint32_t words = 0;
        bool open = false, phrase = false, credit = false, caption = false, hint = false;
        bool player = false, source = false, captioned = false, cut_short = false, gallery = false,
             titled = false, headlines = false, signed_by_name = false;
        // "Image 1 of 4", and whether the line says nothing else; 0 of 0 where it is not counted.
        std::uint32_t number = 0, of = 0;
        bool alone = false;

        bool is_prose() const { return words >= numbers.lines.prose_words && is_running(); }
        bool is_running() const { return !open && !phrase; }
    };

    Facts facts_of(Bytes text, const Story& story, const Line& line) const;
    void mark_credits();
    void mark_twins(const Story& story);
    void mark_players();
    void mark_galleries(Bytes text, const Story& story);
    void mark_counted();
    bool prose_follows(std::size_t line) const;

    const TermTable& terms_;
    std::vector<Facts> facts_;
    std::vector<std::uint8_t> flags_;
    bool has_at_ = false;  // somewhere in the text
};

}  // namespace dupdetect
