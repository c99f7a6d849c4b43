#include "text/link_lists.hpp"
#include "numbers.hpp"

#include <algorithm>
#include <string_view>

namespace dupdetect {
namespace {

constexpr std::string_view kEnd = "MORE";

bool is_upper(std::uint8_t c) { return c >= 'A' && c <= 'Z'; }

class ListSplitter {
public:
    ListSplitter(Bytes text, Story& story)
        : text_(text),
          characters_(reinterpret_cast<const char*>(text.data()), text.size()),
          story_(story) {}

    void run() {
        std::vector<Line> split;
        std::size_t next = 0;  // line that is not yet split
        for (std::size_t at = characters_.find(kEnd); at != kNone;
             at = characters_.find(kEnd, at + kEnd.size())) {
            const auto found =
                std::ranges::lower_bound(story_.starts, static_cast<std::uint32_t>(at));
            const auto last = static_cast<std::size_t>(found - story_.starts.begin());
            if (last >= story_.size() || story_.starts[last] != at) continue;
            const std::string_view behind = characters_.substr(
                at + kEnd.size(),
                story_.ends[last] - std::min<std::size_t>(story_.ends[last], at + kEnd.size()));
            if (!behind.empty() && behind != "'s" && behind != "\u2019s") continue;
            while (story_.lines[next].token_end <= last) split.push_back(story_.lines[next++]);
            const std::size_t first = first_of_list(last, story_.lines[next].token_begin);
            if (first != kNone) cut(story_.lines[next], first, last + 1, split);
        }
        if (split.empty() && !changed_) return;
        while (next < story_.lines.size()) split.push_back(story_.lines[next++]);
        std::erase_if(split, [](const Line& line) { return line.token_begin == line.token_end; });
        story_.lines = std::move(split);
    }

private:
    static constexpr std::size_t kNone = std::string_view::npos;

    // The first word of a list that ends there: that after the name that is given again.
    std::size_t first_of_list(std::size_t last, std::size_t line_begin) const {
        for (std::size_t t =
                 std::max(line_begin, last - std::min<std::size_t>(last, numbers.text.list_words));
             t < last; ++t) {
            std::size_t name = name_given_again(t, t, line_begin);
            if (name == kNone) continue;
            // "Orla Venn" and "Orla Anne Venn": the last of the name's words counts.
            for (std::size_t next = t + 1; next < std::min(last, t + numbers.text.list_name_words);
                 ++next) {
                const std::size_t other = name_given_again(next, t, line_begin);
                if (other != kNone) name = std::max(name, other);
            }
            return name + 1;
        }
        return kNone;
    }

    // The nearest word before `end`, among those of a name, that word t repeats.
    std::size_t name_given_again(std::size_t t, std::size_t end, std::size_t line_begin) const {
        const std::size_t from =
            std::max(line_begin, end - std::min<std::size_t>(end, numbers.text.list_name_words));
        for (std::size_t k = end; k-- > from;) {
            if (is_upper(text_[story_.starts[k]])) {
                if (ends_again(k, t)) return k;
            } else if (story_.ends[k] - story_.starts[k] > numbers.text.particle_letters) {
                return kNone;
            }
        }
        return kNone;
    }

    // Whether word t is the name word, or that run into a headline.
    bool ends_again(std::size_t name, std::size_t t) const {
        const Bytes word = story_.folded_word(t), wanted = story_.folded_word(name);
        if (!is_upper(text_[story_.starts[t]]) || word.size() < wanted.size()) return false;
        if (!std::ranges::equal(word.first(wanted.size()), wanted)) return false;
        const std::size_t next = story_.starts[t] + wanted.size();
        return next == story_.ends[t] || (is_lower(text_[next - 1]) && is_upper(text_[next]));
    }

    // What stands before a list and the list become lines; `line` keeps what follows.
    void cut(Line& line, std::size_t first, std::size_t end, std::vector<Line>& split) {
        const auto begin = static_cast<std::uint32_t>(first),
                   after = static_cast<std::uint32_t>(end);
        split.push_back({line.token_begin, begin, false, false, false});
        split.push_back({begin, after, false, false, true});
        story_.marks[first] |= kSentenceStart;
        if (end < story_.size()) story_.marks[end] |= kSentenceStart;
        line.token_begin = after;
        changed_ = true;
    }

    Bytes text_;
    std::string_view characters_;
    Story& story_;
    bool changed_ = false;
};

}  // namespace

void split_link_lists(Bytes text, Story& story) {
    if (!story.lines.empty()) ListSplitter(text, story).run();
}

}  // namespace dupdetect
