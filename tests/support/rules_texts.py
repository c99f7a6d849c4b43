"""Stories about things that never happened, sentence by sentence, for the tests of the rules."""

from __future__ import annotations

FERRY = (
    "The night ferry to Gozo ran aground on a sandbank early on Tuesday with ninety "
    "people on board.",
    "Nobody was hurt, the coastguard said, although a piano on the car deck broke loose "
    "and fell over.",
    "Two tugs from Valletta tried to pull the ship free at high tide but had to give up "
    "before noon.",
    "Passengers were taken ashore in small boats and given soup in the hall of the parish church.",
    "The captain had reported a failure of the steering gear about ten minutes before the "
    "ship stopped.",
    "Divers found a long dent in the hull but no sign that oil had leaked into the bay.",
    "The company promised to refund all tickets and to lay on buses until another vessel is found.",
    "An inquiry by the ministry of transport will begin next week and is expected to last a month.",
)
ORCHARD = (
    "Farmers in the hills above Merano have begun to cover their apple trees with nets "
    "against hail.",
    "Three storms in May destroyed almost a fifth of the crop and cost the valley nine "
    "million euros.",
    "Insurers have raised their premiums twice since then, and one of them has left the "
    "province altogether.",
    "A net for one hectare costs as much as a small tractor and lasts for about fifteen summers.",
    "Beekeepers complain that their bees get lost under the mesh and no longer pollinate "
    "the upper rows.",
    "The regional government pays half of the price if at least ten neighbours apply for "
    "it together.",
    "Tourists who come to photograph the blossom in April will see mostly grey plastic "
    "from next year on.",
    "Older growers remember ringing church bells against the clouds, which worked no "
    "worse, some of them claim.",
)
LIBRARY = (
    "A schoolteacher returned a cookery book to the library of Tartu sixty one years "
    "after she borrowed it.",
    "She discovered the volume behind a wardrobe while packing for a move to her daughter's farm.",
    "The fine would have reached the price of a used car, but librarians waived it with a laugh.",
    "Between its pages lay a tram ticket, two pressed violets and a recipe for pickled "
    "pumpkin in pencil.",
    "The book goes into a glass case near the entrance, beside a stuffed owl of uncertain origin.",
    "About four hundred borrowed works from that decade are still missing, among them "
    "every copy of an atlas.",
)
TUNNEL = (
    "Engineers digging a railway tunnel beneath Graz have struck a warm spring nobody "
    "knew was there.",
    "Forty litres of cloudy water gush from the rock each second and smell faintly of rotten eggs.",
    "Work has stopped on one of both tubes while geologists measure pressure at eleven boreholes.",
    "A hotel owner nearby already dreams of a spa, whereas the builders dream of dry boots.",
    "The opening of the line, planned for December, could slip by half a year in the worst case.",
    "Rock samples were sent to a laboratory in Leoben, which has promised results within ten days.",
)
SKATER = (
    "Nineteen year old Mirjam Oksa won the junior title in Oulu after falling twice in warm up.",
    "Her coach admitted that the final jump had never succeeded in training before that evening.",
    "The judges awarded her marks that no skater under twenty had been given in eight winters.",
    "She grew up beside a frozen quarry and learned her first turns in borrowed ice hockey boots.",
    "Sponsors are queueing, her father reported, yet she intends to finish school in spring first.",
    "Rival Tove Lindahl slipped to third place and blamed a blade sharpened at the wrong angle.",
)
BAKERY = (
    "The oldest bakery in Ghent closes at Easter because no apprentice wants to rise at "
    "two o'clock.",
    "Its oven has burned without pause since eighteen ninety and survived a flood and two wars.",
    "Regulars collected signatures, yet the baker, who is seventy four, shrugged and kept "
    "kneading.",
    "A museum would like the wooden troughs, while a brewery has asked for the sourdough.",
    "On the last morning every loaf will be given away until the shelves are bare.",
    "The house itself goes to a dentist, who intends to keep the painted sign above the door.",
)
STORIES = (FERRY, ORCHARD, LIBRARY, TUNNEL, SKATER, BAKERY)

SPEECH = (
    "We have counted every coin in this budget twice, and whoever claims that there is a hidden "
    "reserve for the motorway has either not read the second chapter or hopes that nobody else in "
    "this house has read it, which we would all of us regret"
)


def paragraphs(*sentences: str) -> str:
    """One sentence a line."""
    return "\n".join(sentences)
