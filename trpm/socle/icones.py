"""Les balises de Heroicons, qui gardent chaque dessin : le paquet recopie et sérialise le SVG à chaque appel.

Une page en porte une vingtaine, toujours les mêmes ; `settings.TEMPLATES` donne à ce module le nom « heroicons ».
"""

from functools import cache

from django import template
from heroicons.templatetags.heroicons import heroicon_micro, heroicon_mini, heroicon_outline, heroicon_solid

register = template.Library()
for balise in (heroicon_micro, heroicon_mini, heroicon_outline, heroicon_solid):
    register.simple_tag(cache(balise), name=balise.__name__)
