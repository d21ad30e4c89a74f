"""Les téléversements d'une personne, et les centres où elle peut importer."""

from django.db.models import QuerySet
from django.http import Http404

from centres.models import Centre, ImportListe
from centres.permissions import Personne, centres_nommables, centres_organises

Genre = ImportListe.Genre


def centres_ou_importer(utilisateur: Personne, genre: str) -> QuerySet[Centre]:
    """Les apprenants et les entreprises de qui organise ; les personnels de qui nomme."""
    return centres_nommables(utilisateur) if genre == Genre.PERSONNELS else centres_organises(utilisateur)


def genres_importables(utilisateur: Personne) -> dict[str, set[int]]:
    """Ce que la personne peut importer, et dans quels centres."""
    organises = set(centres_organises(utilisateur).values_list("pk", flat=True))
    nommables = set(centres_nommables(utilisateur).values_list("pk", flat=True))
    possibles = {Genre.APPRENANTS: organises, Genre.ENTREPRISES: organises, Genre.PERSONNELS: nommables}
    return {genre: centres for genre, centres in possibles.items() if centres}


def imports_en_cours(utilisateur: Personne) -> QuerySet[ImportListe]:
    """Ceux que la personne n'a pas encore abandonnés ; chacun n'y voit que les siens."""
    lus = ImportListe.objects.visibles_par(utilisateur).a_jour().select_related("centre")
    return lus.defer("contenu", "rapport").order_by("-cree_le", "-pk")


def import_ou_404(utilisateur: Personne, pk: int) -> ImportListe:
    """Le sien, tant qu'il n'est pas échu et que la personne tient encore le rôle qui permet cet import."""
    lus = ImportListe.objects.visibles_par(utilisateur).a_jour().select_related("centre")
    trouve = lus.filter(pk=pk).first()
    if trouve is None or not centres_ou_importer(utilisateur, trouve.genre).filter(pk=trouve.centre_id).exists():
        raise Http404("Import introuvable.")
    return trouve
