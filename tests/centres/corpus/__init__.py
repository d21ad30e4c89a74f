"""Le corpus des listes : bons et mauvais fichiers, tous fabriqués ici, aucune personne réelle."""

from tests.centres.corpus.apprenants import APPRENANTS
from tests.centres.corpus.autres import ENTREPRISES, PERSONNELS
from tests.centres.corpus.cas import Cas
from tests.centres.corpus.fichiers import FICHIERS

CORPUS: tuple[Cas, ...] = (*FICHIERS, *APPRENANTS, *PERSONNELS, *ENTREPRISES)
