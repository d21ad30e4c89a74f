"""Formulaires des PFMP : période, réglages, préparation, visites, absences, attestation, bilan."""

from collections.abc import Mapping, Sequence
from typing import Any

from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms

from centres.forms.base import ChampDate, FicheForm
from evaluations.models import Placement
from evaluations.queries.bilans_pfmp import VueBilan
from evaluations.services.bilans_pfmp import ChoixLigne, DonneesBilan

RAPPEL_TEXTE = "Décrivez le travail. Rien sur la santé, la famille, ni des coordonnées."
NIVEAUX = [("", "ne rien retenir"), *((str(niveau), str(niveau)) for niveau in range(1, 5))]
NIVEAU_PROPOSE = [(niveau, str(niveau)) for niveau in (1, 2, 3)]


class PeriodeForm(FicheForm):
    code = forms.CharField(label="Code", max_length=12, help_text="Court et unique dans la classe : PFMP5.")
    intitule = forms.CharField(label="Intitulé", max_length=120, required=False)
    debut = ChampDate(label="Premier jour")
    fin = ChampDate(label="Dernier jour")
    semaines = forms.IntegerField(label="Semaines", min_value=1, max_value=52)

    def disposition(self) -> Layout:
        return Layout(
            "empreinte",
            Row(Column("code", css_class="col-sm-3"), Column("intitule", css_class="col-sm-9")),
            Row(
                Column("debut", css_class="col-sm-4"),
                Column("fin", css_class="col-sm-4"),
                Column("semaines", css_class="col-sm-4"),
            ),
        )

    def clean(self) -> dict[str, Any]:
        debut, fin = self.cleaned_data.get("debut"), self.cleaned_data.get("fin")
        if debut and fin and fin < debut:
            self.add_error("fin", "Le dernier jour précède le premier.")
        return self.cleaned_data


class ReglageForm(FicheForm):
    semaines_scolaire = forms.IntegerField(label="Élève", min_value=0, max_value=156, required=False)
    semaines_apprenti = forms.IntegerField(
        label="Apprenti",
        min_value=0,
        max_value=156,
        required=False,
        help_text="Laissez vide : son temps en entreprise est celui de son contrat, aucune PFMP n'est exigée de lui.",
    )
    semaines_formation_continue = forms.IntegerField(
        label="Stagiaire de la formation continue", min_value=0, max_value=156, required=False
    )
    niveau_non_acquis = forms.TypedChoiceField(label="Non acquis propose", choices=NIVEAU_PROPOSE, coerce=int)
    niveau_en_cours = forms.TypedChoiceField(label="En cours propose", choices=NIVEAU_PROPOSE, coerce=int)
    niveau_acquis = forms.TypedChoiceField(label="Acquis propose", choices=NIVEAU_PROPOSE, coerce=int)
    validite_lien_jours = forms.IntegerField(
        label="Un lien reste valable, en jours après la fin de la période", min_value=1, max_value=120
    )

    def disposition(self) -> Layout:
        return Layout(
            "empreinte",
            Fieldset(
                "Semaines de PFMP exigées sur le cycle ; vide : rien n'est exigé, et rien ne sera signalé",
                Row(
                    Column("semaines_scolaire", css_class="col-sm-4"),
                    Column("semaines_apprenti", css_class="col-sm-4"),
                    Column("semaines_formation_continue", css_class="col-sm-4"),
                ),
            ),
            Fieldset(
                "Ce que propose la réponse du tuteur (jamais un 4)",
                Row(
                    Column("niveau_non_acquis", css_class="col-sm-4"),
                    Column("niveau_en_cours", css_class="col-sm-4"),
                    Column("niveau_acquis", css_class="col-sm-4"),
                ),
            ),
            Fieldset("Lien du tuteur", "validite_lien_jours"),
        )

    def clean(self) -> dict[str, Any]:
        lus = [self.cleaned_data.get(f"niveau_{nom}") for nom in ("non_acquis", "en_cours", "acquis")]
        connus = [niveau for niveau in lus if niveau is not None]
        if connus != sorted(connus):
            self.add_error("niveau_en_cours", "Les niveaux proposés ne peuvent pas décroître de non acquis à acquis.")
        return self.cleaned_data


class PreparationForm(forms.Form):
    """Les cases sont dessinées par le gabarit, compétence par compétence."""

    activites_prevues = forms.CharField(
        label="Activités prévues",
        required=False,
        help_text=RAPPEL_TEXTE,
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
    )
    codes = forms.MultipleChoiceField(label="Compétences évaluables en entreprise", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, codes: Sequence[str], **options: Any) -> None:
        super().__init__(*args, **options)
        choix = self.fields["codes"]
        if isinstance(choix, forms.MultipleChoiceField):
            choix.choices = [(code, code) for code in codes]


class TuteurPfmpForm(FicheForm):
    prenom = forms.CharField(label="Prénom", max_length=80, required=False)
    nom = forms.CharField(label="Nom", max_length=80)
    email = forms.EmailField(
        label="Adresse électronique professionnelle", required=False, help_text="Pour lui envoyer son lien."
    )
    fonction = forms.CharField(label="Fonction", max_length=80, required=False)


class VisiteForm(FicheForm):
    prevue_le = ChampDate(label="Visite prévue le")


class RapportForm(FicheForm):
    prevue_le = ChampDate(label="Prévue le")
    faite_le = ChampDate(label="Faite le", required=False)
    compte_rendu = forms.CharField(
        label="Compte rendu",
        required=False,
        max_length=4000,
        help_text=RAPPEL_TEXTE,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def disposition(self) -> Layout:
        return Layout(
            Row(Column("prevue_le", css_class="col-sm-6"), Column("faite_le", css_class="col-sm-6")), "compte_rendu"
        )


class AbsenceForm(FicheForm):
    jour = ChampDate(label="Jour d'absence")
    demi_journees = forms.TypedChoiceField(
        label="Durée", choices=[(2, "une journée"), (1, "une demi-journée")], coerce=int
    )
    est_justifiee = forms.BooleanField(label="Justifiée", required=False)


class AttestationForm(FicheForm):
    recue_le = ChampDate(
        label="Attestation signée reçue le", required=False, help_text="Vide : elle n'est pas revenue."
    )


class ReouvertureForm(FicheForm):
    motif = forms.CharField(label="Pourquoi rouvrir ce bilan", max_length=300, help_text=RAPPEL_TEXTE)


class BilanForm(FicheForm):
    """L'en-tête du bilan ; ses lignes sont lues à part, une par compétence."""

    tenu_le = ChampDate(label="Bilan tenu le", required=False)
    a_tuteur = forms.BooleanField(label="Tuteur présent", required=False)
    a_apprenant = forms.BooleanField(label="Apprenant présent", required=False)
    synthese = forms.CharField(
        label="Synthèse partagée",
        required=False,
        max_length=4000,
        help_text=RAPPEL_TEXTE,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def disposition(self) -> Layout:
        return Layout(
            "version",
            Row(
                Column("tenu_le", css_class="col-sm-4"),
                Column("a_tuteur", css_class="col-sm-4 align-self-end"),
                Column("a_apprenant", css_class="col-sm-4 align-self-end"),
            ),
            "synthese",
        )

    def donnees(self, choix: Sequence[ChoixLigne]) -> DonneesBilan:
        lues = self.cleaned_data
        return DonneesBilan(
            tenu_le=lues["tenu_le"],
            a_tuteur=lues["a_tuteur"],
            a_apprenant=lues["a_apprenant"],
            synthese=lues["synthese"],
            choix=tuple(choix),
        )


class LotForm(FicheForm):
    """Ce qui vaut pour tous les bilans confirmés d'un acte."""

    tenu_le = ChampDate(label="Bilans tenus le", help_text="Un brouillon déjà daté garde sa date.")
    a_tuteur = forms.BooleanField(label="Tuteurs présents", required=False)
    a_apprenant = forms.BooleanField(label="Apprenants présents", required=False)

    def disposition(self) -> Layout:
        return Layout(
            Row(
                Column("tenu_le", css_class="col-sm-4"),
                Column("a_tuteur", css_class="col-sm-4 align-self-center"),
                Column("a_apprenant", css_class="col-sm-4 align-self-center"),
            )
        )


def lire_lot(envoi: Mapping[str, Any]) -> dict[int, str]:
    """Placement → empreinte de l'aperçu, pour ceux qui sont cochés."""
    return {
        int(nom.removeprefix("p")): str(envoi[nom])
        for nom in envoi
        if nom.startswith("p") and nom[1:].isdecimal() and len(nom) < 20
    }


def initiales_du_bilan(vue: VueBilan) -> dict[str, Any]:
    bilan = vue.bilan
    return {
        "version": vue.version,
        "tenu_le": bilan.tenu_le if bilan else None,
        "a_tuteur": bilan.a_tuteur if bilan else False,
        "a_apprenant": bilan.a_apprenant if bilan else False,
        "synthese": bilan.synthese if bilan else "",
    }


def lire_choix(envoi: Mapping[str, Any], vue: VueBilan) -> tuple[ChoixLigne, ...]:
    """Les lignes du bilan telles qu'envoyées ; une valeur qui n'est pas un niveau ne retient rien."""
    choix = []
    for ligne in vue.lignes:
        cle = ligne.detaillee.pk
        niveau = str(envoi.get(f"l{cle}-niveau", ""))
        choix.append(
            ChoixLigne(
                detaillee_id=cle,
                niveau=int(niveau) if niveau in {"1", "2", "3", "4"} else None,
                valeur=str(envoi.get(f"l{cle}-valeur", "")),
                motif=str(envoi.get(f"l{cle}-motif", ""))[:300],
            )
        )
    return tuple(choix)


def codes_de(placement: Placement) -> list[str]:
    return list(placement.detaillees.order_by("competence__ordre", "ordre").values_list("code", flat=True))
