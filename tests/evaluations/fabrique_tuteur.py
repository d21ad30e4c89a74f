"""Ouvrir un lien comme le tuteur, et lire les champs de la fiche qu'il a sous les yeux."""

from html.parser import HTMLParser
from typing import Any

from django.test import Client
from django.urls import reverse

from evaluations.services.liens_tuteur import LienRemis


def adresse_du(jeton: str) -> str:
    return reverse("evaluations:tuteur_lien", args=[jeton])


def ouvrir(client: Client, remis: LienRemis) -> Any:
    """Le bouton de la page d'arrivée, jusqu'à la fiche."""
    return client.post(adresse_du(remis.jeton), follow=True)


class _Champs(HTMLParser):
    """Ce qu'un navigateur enverrait de la fiche : cachés, cochés, textes."""

    def __init__(self) -> None:
        super().__init__()
        self.valeurs: dict[str, str] = {}
        self._texte = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        lus = {nom: valeur or "" for nom, valeur in attrs}
        if tag == "textarea":
            self._texte = lus["name"]
            self.valeurs[self._texte] = ""
        elif tag == "input" and (lus.get("type") != "radio" or "checked" in lus):
            self.valeurs[lus["name"]] = lus.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._texte = ""

    def handle_data(self, data: str) -> None:
        if self._texte:
            self.valeurs[self._texte] += data


def champs_de(page: Any) -> dict[str, str]:
    lecteur = _Champs()
    lecteur.feed(page.content.decode())
    return lecteur.valeurs


def premiere_question(champs: dict[str, str]) -> str:
    return next(nom[1:] for nom in champs if nom.startswith("vq"))
