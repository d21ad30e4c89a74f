"""Ce que partagent les tests de l'administration."""

from typing import Any

from centres.journal import verifier_journal
from centres.models import Evenement
from tests.client_strict import ClientStrict


def actes() -> list[str]:
    """Les actes journalisés, dans l'ordre ; la chaîne est intacte."""
    assert verifier_journal().est_intacte
    return list(Evenement.objects.order_by("le", "pk").values_list("acte", flat=True))


def champs(client: ClientStrict, adresse: str) -> dict[str, Any]:
    """Ce qu'un navigateur renverrait du formulaire affiché : ses valeurs initiales et son empreinte."""
    formulaire = client.get(adresse).context["formulaire"]
    valeurs = {nom: formulaire.get_initial_for_field(champ, nom) for nom, champ in formulaire.fields.items()}
    return {nom: "" if valeur is None else valeur for nom, valeur in valeurs.items()}
