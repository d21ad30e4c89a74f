"""Ce qui accompagne les dossiers de la démonstration : des avis d'inspection, une pièce jointe."""

from collections.abc import Mapping, Sequence

from centres.models import Classe, Utilisateur
from certification.enums import Avis, NaturePiece
from certification.models import Candidat
from certification.services.avis import donner_avis
from certification.services.pieces import DonneesPiece, joindre_piece
from evaluations.models import Situation

A_REVOIR = "Le sujet ne laisse pas le temps du contrôle final : prévoyez une heure de plus, ou un usinage plus court."
# Sur les premières situations, dans l'ordre du temps ; les autres attendent un avis.
AVIS: Sequence[tuple[Avis, str]] = (
    (Avis.CONFORME, ""),
    (Avis.A_REVOIR, A_REVOIR),
    (Avis.CONFORME, "Support bien choisi."),
)
# Un plan d'une page, sans image ni programme.
PLAN = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


def ecrire_dossiers(*, classe: Classe, equipe: Mapping[str, Utilisateur]) -> None:
    situations = Situation.objects.certificatives().filter(classe=classe).order_by("debut", "code")
    for situation, (avis, remarque) in zip(situations, AVIS, strict=False):
        donner_avis(utilisateur=equipe["inspecteur"], situation=situation, avis=avis, remarque=remarque)
    candidat = Candidat.objects.de_la_classe(classe).select_related("classe").first()
    epreuve = classe.version.epreuves.filter(a_ccf=True).order_by("ordre").first()
    if candidat is not None and epreuve is not None:
        donnees = DonneesPiece(titre="Plan du mors", nature=NaturePiece.SITUATION, nom="plan.pdf", contenu=PLAN)
        joindre_piece(utilisateur=equipe["enseignant"], candidat=candidat, epreuve=epreuve, donnees=donnees)
