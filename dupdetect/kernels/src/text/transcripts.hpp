// What speakers say, as transcripts print it.
#pragma once

#include "text/story.hpp"

namespace dupdetect {

// Marks what stands after names in capitals and a colon ("VENN: We had sixteen ships."), to the end
// of the line, as a quotation, where one of the names comes again.
void mark_transcripts(Bytes text, Story& story);

}  // namespace dupdetect
