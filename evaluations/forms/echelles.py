"""Formulaires de l'échelle de compétences : par quoi commencer, et les objectifs d'une période."""

from collections.abc import Iterable
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.db.models import QuerySet

from evaluations.attendus import NIVEAU_VISE, NIVEAUX
from evaluations.models import Echelle
from evaluations.queries.echelles import Objectif, ObjectifDetaillee
from evaluations.services.echelles import DESCRIPTEUR_MAX, SaisieAttendue

PROPOSITION, COPIE, VIDE = "proposition", "copie", "vide"
RIEN = ("", "·")


class EchelleForm(forms.Form):
    """Ouvrir l'échelle d'une cohorte : la proposition de l'outil, la copie d'une autre, ou rien."""

    intitule = forms.CharField(label="Intitulé", max_length=120)
    depart = forms.ChoiceField(label="Partir de", widget=forms.RadioSelect, initial=PROPOSITION)
    niveau_vise = forms.TypedChoiceField(
        label="Niveau visé en fin de cycle",
        coerce=int,
        choices=[(niveau, f"niveau {niveau}") for niveau in NIVEAUX[1:]],
        initial=NIVEAU_VISE,
        help_text="Pour la proposition de l'outil seulement.",
    )
    source = forms.ModelChoiceField(
        label="Échelle à copier", queryset=Echelle.objects.none(), required=False, empty_label="Choisir…"
    )

    def __init__(self, *args: Any, sources: QuerySet[Echelle], **options: Any) -> None:
        super().__init__(*args, **options)
        choix = [(PROPOSITION, "la proposition de l'outil, rien d'officiel"), (VIDE, "une échelle vide")]
        if sources:
            choix.insert(1, (COPIE, "la copie d'une échelle déjà publiée du centre"))
        else:
            del self.fields["source"]
        depart = self.fields["depart"]
        if isinstance(depart, forms.ChoiceField):
            depart.choices = choix
        source = self.fields.get("source")
        if isinstance(source, forms.ModelChoiceField):
            source.queryset = sources
        self.helper = FormHelper()
        self.helper.form_tag = False

    def clean(self) -> dict[str, Any]:
        lu = super().clean() or {}
        if lu.get("depart") == COPIE and lu.get("source") is None:
            self.add_error("source", "Choisissez l'échelle à copier.")
        return lu

    def options(self) -> dict[str, Any]:
        """Ce que `creer_echelle` attend."""
        lu = self.cleaned_data
        return {
            "intitule": lu["intitule"],
            "source": lu["source"] if lu["depart"] == COPIE else None,
            "niveau_vise": lu["niveau_vise"] if lu["depart"] == PROPOSITION else None,
        }


class ObjectifForm(forms.Form):
    """Une case de la lecture verticale : le niveau, ce que l'on doit observer, et la version lue."""

    niveau = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, choices=[RIEN, *((niveau, niveau) for niveau in NIVEAUX)]
    )
    descripteur = forms.CharField(
        required=False,
        max_length=DESCRIPTEUR_MAX,
        widget=forms.Textarea(attrs={"rows": 2, "aria-describedby": "rappel-descripteurs"}),
        help_text="Un geste observable, valable pour tous : ni nom, ni santé.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, envoi: Any = None, *, objectif: ObjectifDetaillee) -> None:
        case = objectif.case
        super().__init__(
            envoi,
            prefix=case.cle,
            initial={"niveau": case.pose or "", "descripteur": case.descripteur, "version": case.version},
        )
        self.objectif = objectif
        nom = f"{objectif.ligne.code} {objectif.ligne.option}".strip()
        self.fields["niveau"].widget.attrs["aria-label"] = f"Niveau attendu, {nom}"
        self.fields["descripteur"].widget.attrs["aria-label"] = f"Ce que l'on doit observer, {nom}"

    def saisie(self) -> SaisieAttendue:
        lu, case = self.cleaned_data, self.objectif.case
        return SaisieAttendue(case.cle, case.rang, lu["niveau"], lu["version"], lu["descripteur"])


Objectifs = list[tuple[ObjectifForm, list[ObjectifForm]]]


def formulaires_de(objectifs: Iterable[Objectif], envoi: Any = None) -> Objectifs:
    """Une compétence, puis ses détaillées, dans l'ordre du texte."""
    return [
        (
            ObjectifForm(envoi, objectif=objectif.competence),
            [ObjectifForm(envoi, objectif=une) for une in objectif.detaillees],
        )
        for objectif in objectifs
    ]
