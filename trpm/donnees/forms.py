"""Formulaires de la conservation, des gels et de la communication des données."""

from collections.abc import Sequence
from typing import Any

from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.core.exceptions import ValidationError

from centres.forms.base import ChampDate, FicheForm

RAPPEL = "L'essentiel seulement : ni santé, ni coordonnées, ni jugement sur la personne."
UN_AN = 12


class DureeForm(FicheForm):
    mois = forms.IntegerField(
        label="Mois après la publication des résultats",
        min_value=1,
        max_value=120,
        help_text="12 par défaut. Au-delà, dites pourquoi dans le registre des traitements.",
    )

    raccourcir = forms.BooleanField(
        label="Oui, moins d'un an : ces données pourront être effacées plus tôt, sans retour",
        required=False,
    )

    def disposition(self) -> Layout:
        # La question ne se pose qu'à qui demande moins d'un an.
        question = ["raccourcir"] if self.is_bound else []
        return Layout("empreinte", Fieldset("Durée de conservation", "mois", *question))

    def clean(self) -> dict[str, Any]:
        saisie = super().clean() or self.cleaned_data
        mois = saisie.get("mois")
        if mois and mois < min(UN_AN, self.initial.get("mois", UN_AN)) and not saisie.get("raccourcir"):
            self.add_error("raccourcir", "Moins de douze mois : un recours peut encore venir. Confirmez en cochant.")
        return saisie

    def saisie(self) -> dict[str, Any]:
        return {"mois": self.cleaned_data["mois"]}


class ResultatsForm(FicheForm):
    resultats_le = ChampDate(
        label="Résultats publiés le",
        required=False,
        help_text="Le délai de conservation de chaque centre court à partir de ce jour. Vide : pas encore publiés.",
    )

    def disposition(self) -> Layout:
        return Layout("empreinte", Fieldset("Résultats de la session", "resultats_le"))


class MotifForm(FicheForm):
    """Un motif, et rien d'autre."""

    motif = forms.CharField(label="Motif", max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text=RAPPEL)

    def disposition(self) -> Layout:
        return Layout("empreinte", Fieldset("Pourquoi", "motif"))


class CommunicationForm(MotifForm):
    forme = forms.ChoiceField(
        label="Fichier", choices=[("xlsx", "Classeur à lire (.xlsx)"), ("json", "Données à réemployer (.json)")]
    )

    def disposition(self) -> Layout:
        return Layout("empreinte", Fieldset("Demande de l'apprenant", "motif", "forme"))


class PurgeForm(FicheForm):
    """Retaper le nombre prouve qu'on l'a lu ; `attendus`, écrit par la page, rapporte ceux qu'elle montrait."""

    nombre = forms.IntegerField(label="Nombre de personnes à anonymiser", min_value=0)
    attendus = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, cles: Sequence[int], **options: Any) -> None:
        super().__init__(*args, **options)
        self._combien = len(cles)
        self.fields["nombre"].help_text = f"Écrivez {self._combien} pour confirmer : rien ne pourra être rétabli."

    def disposition(self) -> Layout:
        return Layout(Fieldset("Confirmer", "nombre"))

    def clean_nombre(self) -> int:
        nombre: int = self.cleaned_data["nombre"]
        if nombre != self._combien:
            raise ValidationError(f"Ce n'est pas le nombre attendu : {self._combien}.")
        return nombre

    def clean_attendus(self) -> list[int]:
        cles = self.cleaned_data["attendus"].split(",")
        return [int(cle) for cle in cles if cle.isdecimal() and len(cle) < 19]
