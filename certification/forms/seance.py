"""Les quatre gestes de la séance : positionner, proposer une note, dire un état, rédiger la synthèse."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from centres.models import Inscription, Utilisateur
from certification.enums import EtatProposition
from certification.models import Commission
from certification.services.propositions import (
    LONGUEUR_TEXTE,
    changer_etat,
    positionner_competence,
    proposer_note,
    rediger_synthese,
    retirer_position,
)
from referentiel.models import Competence, Epreuve

RETIRER = "retirer"
ETATS = [(etat.value, etat.label) for etat in EtatProposition if etat != EtatProposition.PROPOSEE]


@dataclass(frozen=True)
class Cible:
    """Ce que vise le geste ; les compétences sont celles de l'épreuve."""

    utilisateur: Utilisateur
    commission: Commission
    inscription: Inscription
    epreuve: Epreuve
    competences: Mapping[str, Competence]

    @property
    def en_arguments(self) -> dict[str, Any]:
        return {"utilisateur": self.utilisateur, "commission": self.commission, "inscription": self.inscription}


class GesteForm(forms.Form):
    """Un geste rapporte la version qu'il montrait : personne n'écrase personne."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, cible: Cible, **options: Any) -> None:
        super().__init__(*args, **options)
        self.cible = cible
        for champ in self.fields.values():
            if not isinstance(champ.widget, forms.HiddenInput | forms.RadioSelect):
                est_choix = isinstance(champ.widget, forms.Select)
                champ.widget.attrs["class"] = "form-select" if est_choix else "form-control"

    def appliquer(self) -> None:
        raise NotImplementedError

    def reporter(self, refus: ValidationError) -> None:
        if not hasattr(refus, "error_dict"):
            self.add_error(None, refus.messages)
            return
        for champ, textes in refus.message_dict.items():
            self.add_error(champ if champ in self.fields else None, textes)


def _texte(libelle: str, lignes: int = 2) -> forms.CharField:
    """Ce qui s'écrit sur un candidat ; le rappel de ce qui n'a pas à l'être reste sous les yeux."""
    return forms.CharField(
        label=libelle,
        max_length=LONGUEUR_TEXTE,
        required=False,
        widget=forms.Textarea({"rows": lignes, "aria-describedby": "rappel-seance"}),
        help_text="Écrivez sur le travail observé. Rien sur la santé ni la famille.",
    )


class PositionForm(GesteForm):
    competence = forms.ChoiceField(label="Compétence")
    niveau = forms.TypedChoiceField(
        label="Niveau",
        choices=[*((str(niveau), str(niveau)) for niveau in range(1, 5)), (RETIRER, "retirer")],
        coerce=lambda lu: None if lu == RETIRER else int(lu),
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez un niveau, de 1 à 4."},
    )
    motif = _texte("Pourquoi")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choix = self.fields["competence"]
        if isinstance(choix, forms.ChoiceField):
            choix.choices = [(code, f"{code} {une.intitule}") for code, une in self.cible.competences.items()]

    def appliquer(self) -> None:
        lu = self.cleaned_data
        commun = {
            **self.cible.en_arguments,
            "competence": self.cible.competences[lu["competence"]],
            "motif": lu["motif"],
            "version": lu["version"],
        }
        if lu["niveau"] is None:
            retirer_position(**commun)
        else:
            positionner_competence(niveau=lu["niveau"], **commun)


class NoteForm(GesteForm):
    note = forms.DecimalField(label="Note proposée", required=False, localize=True)
    bonus = forms.DecimalField(label="Bonus", required=False, localize=True)
    motif_ecart = _texte("Motif de l'écart")
    commentaire = _texte("Commentaire pour le jury")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for nom in ("note", "bonus"):
            self.fields[nom].widget.attrs["inputmode"] = "decimal"
        # Vide, la note suit le calcul.
        self.fields["note"].widget.attrs["placeholder"] = "calcul"

    def appliquer(self) -> None:
        lu = self.cleaned_data
        proposer_note(
            **self.cible.en_arguments,
            epreuve=self.cible.epreuve,
            version=lu["version"],
            note=lu["note"],
            bonus=lu["bonus"] or Decimal(0),
            motif_ecart=lu["motif_ecart"],
            commentaire=lu["commentaire"],
        )


class EtatForm(GesteForm):
    etat = forms.ChoiceField(label="Sans note de CCF", choices=ETATS)
    motif = _texte("Sur quoi cela repose")

    def appliquer(self) -> None:
        lu = self.cleaned_data
        changer_etat(
            **self.cible.en_arguments,
            epreuve=self.cible.epreuve,
            etat=lu["etat"],
            motif=lu["motif"],
            version=lu["version"],
        )


class SyntheseForm(GesteForm):
    texte = _texte("Synthèse de l'équipe", lignes=4)

    def appliquer(self) -> None:
        lu = self.cleaned_data
        rediger_synthese(
            **self.cible.en_arguments, epreuve=self.cible.epreuve, texte=lu["texte"], version=lu["version"]
        )


GESTES: Mapping[str, type[GesteForm]] = {
    "note": NoteForm,
    "position": PositionForm,
    "synthese": SyntheseForm,
    "etat": EtatForm,
}
