#include "text/transcripts.hpp"
#include "numbers.hpp"

#include <algorithm>
#include <string_view>

namespace dupdetect {
namespace {

class TranscriptFinder {
public:
    TranscriptFinder(Bytes text, Story& story) : text_(text), story_(story) {}

    void run() {
        find_names();
        std::ranges::sort(names_);
        if (std::ranges::adjacent_find(names_) == names_.end()) return;
        std::size_t done = 0;
        for (const std::size_t first : firsts_) {
            for (std::size_t t = std::max(first, done); t < story_.size(); ++t) {
                if (t > first && (story_.marks[t] & kLineStart) != 0) break;
                story_.marks[t] |= kQuoted;
                done = t + 1;
            }
        }
    }

private:
    void find_names() {
        const std::string_view characters(reinterpret_cast<const char*>(text_.data()),
                                          text_.size());
        for (std::size_t at = characters.find(": "); at != std::string_view::npos;
             at = characters.find(": ", at + 1)) {
            const auto found =
                std::ranges::lower_bound(story_.ends, static_cast<std::uint32_t>(at));
            const auto last = static_cast<std::size_t>(found - story_.ends.begin());
            if (last >= story_.size() || story_.ends[last] != at || !is_capital(last)) continue;
            std::size_t first = last;
            while ((story_.marks[first] & kSentenceStart) == 0 && first > 0 &&
                   last - first < numbers.text.speaker_words && is_capital(first - 1)) {
                --first;
            }
            if ((story_.marks[first] & kSentenceStart) == 0) continue;
            if (last - first >= numbers.text.speaker_words) continue;
            firsts_.push_back(first);
            names_.push_back(characters.substr(story_.starts[first], at - story_.starts[first]));
        }
    }

    bool is_capital(std::size_t word) const {
        const Bytes letters =
            text_.subspan(story_.starts[word], story_.ends[word] - story_.starts[word]);
        return std::ranges::all_of(letters, [](auto c) { return c >= 'A' && c <= 'Z'; });
    }

    Bytes text_;
    Story& story_;
    std::vector<std::size_t> firsts_;  // first words of names, in order
    std::vector<std::string_view> names_;
};

}  // namespace

void mark_transcripts(Bytes text, Story& story) { TranscriptFinder(text, story).run(); }

}  // namespace dupdetect
