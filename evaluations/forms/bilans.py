"""Formulaires des bilans d'une classe, et filtres du tableau des compétences."""

from collections.abc import Iterable, Sequence
from typing import Any

from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms

from centres.forms.base import ChampDate, FicheForm, FiltreForm
from centres.models import Utilisateur
from evaluations.enums import NatureBilan
from evaluations.models import BilanPeriode
from evaluations.queries.niveaux_classe import EN_DESSOUS, SANS_PREUVE, FiltreClasse
from evaluations.services.bilans import LONGUEUR_TEXTE, DonneesBilanPeriode
from referentiel.models import Periode

RAPPEL = "Parlez du travail. Rien sur la santé, la famille, ni des coordonnées."
MONTRER = [(EN_DESSOUS, "en dessous de l'attendu"), (SANS_PREUVE, "sans preuve quelque part")]
CHAMPS = (
    "remarques_equipe",
    "objectifs",
    "entretien_le",
    "representant",
    "apprenant_present",
    "remarques_apprenant",
)


class FiltreClasseForm(FiltreForm):
    q = None  # type: ignore[assignment]
    option = forms.ChoiceField(label="Option", required=False)
    montrer = forms.ChoiceField(label="Montrer", required=False)

    def __init__(self, *args: Any, options: Sequence[str], **autres: Any) -> None:
        choix: dict[str, list[tuple[Any, str]]] = {
            "option": [(code, code) for code in options],
            "montrer": list(MONTRER),
        }
        super().__init__(*args, choix=choix, **autres)
        montrer = self.fields["montrer"]
        if isinstance(montrer, forms.ChoiceField):
            montrer.choices = [("", "toute la classe"), *MONTRER]

    def filtre_de_classe(self) -> FiltreClasse:
        return FiltreClasse(**self.filtre())


class CampagneForm(FicheForm):
    nature = forms.ChoiceField(label="Nature", choices=NatureBilan.choices)
    arrete_le = ChampDate(
        label="Niveaux arrêtés le",
        help_text="Chaque bilan garde le meilleur niveau atteint ce jour-là ; ce qui suit n'y entrera pas.",
    )
    periode = forms.ModelChoiceField(
        label="Période",
        queryset=Periode.objects.none(),
        empty_label=None,
        help_text="Ce que l'échelle publiée attend à la fin de cette période est gardé à côté.",
    )
    intitule = forms.CharField(
        label="Intitulé", max_length=120, required=False, help_text="Laissé vide : la nature et la date."
    )

    def __init__(self, *args: Any, periodes: Iterable[Periode], est_derniere_annee: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        champ = self.fields["periode"]
        if isinstance(champ, forms.ModelChoiceField):
            champ.queryset = Periode.objects.filter(pk__in=[une.pk for une in periodes])
        if not est_derniere_annee:
            self.choisir("nature", [(NatureBilan.INTERMEDIAIRE, NatureBilan.INTERMEDIAIRE.label)])

    def disposition(self) -> Layout:
        return Layout(
            "empreinte",
            Row(Column("nature", css_class="col-sm-6"), Column("arrete_le", css_class="col-sm-6")),
            Row(Column("periode", css_class="col-sm-6"), Column("intitule", css_class="col-sm-6")),
        )


def _zone(lignes: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": lignes, "maxlength": LONGUEUR_TEXTE})


class BilanPeriodeForm(FicheForm):
    version = forms.IntegerField(widget=forms.HiddenInput)
    remarques_equipe = forms.CharField(
        label="Ce que l'équipe retient", required=False, widget=_zone(4), help_text=RAPPEL
    )
    objectifs = forms.CharField(
        label="Objectifs d'ici le prochain bilan", required=False, widget=_zone(3), help_text=RAPPEL
    )
    entretien_le = ChampDate(label="Entretien tenu le", required=False)
    representant = forms.ModelChoiceField(
        label="Tenu par", queryset=Utilisateur.objects.none(), required=False, empty_label="–"
    )
    apprenant_present = forms.BooleanField(label="L'apprenant était présent", required=False)
    remarques_apprenant = forms.CharField(
        label="Ce que l'apprenant en dit",
        required=False,
        widget=_zone(3),
        help_text="Ses mots, relus avec lui ; il les lira dans son bilan. Rien sur la santé ni la famille.",
    )

    def __init__(self, *args: Any, representants: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        champ = self.fields["representant"]
        if isinstance(champ, forms.ModelChoiceField):
            champ.queryset = representants

    def disposition(self) -> Layout:
        return Layout(
            "empreinte",
            "version",
            "remarques_equipe",
            "objectifs",
            Fieldset(
                "L'entretien",
                Row(Column("entretien_le", css_class="col-sm-5"), Column("representant", css_class="col-sm-7")),
                "apprenant_present",
                "remarques_apprenant",
            ),
        )

    def donnees(self) -> DonneesBilanPeriode:
        return DonneesBilanPeriode(**{champ: self.cleaned_data[champ] for champ in CHAMPS})


def initiales_du_bilan_periode(bilan: BilanPeriode, utilisateur: Utilisateur) -> dict[str, Any]:
    """L'entretien est proposé au nom de qui ouvre la page ; rien n'est écrit avant l'enregistrement."""
    lues = {champ: getattr(bilan, champ) for champ in CHAMPS}
    return {**lues, "representant": bilan.representant or utilisateur, "version": bilan.version}


def ecarts_avec(formulaire: BilanPeriodeForm, actuel: BilanPeriode) -> list[tuple[str, Any]]:
    """Ce qu'un autre a enregistré entre-temps, là où la saisie en diffère : (étiquette, sa valeur)."""
    return [
        (str(formulaire.fields[champ].label), getattr(actuel, champ))
        for champ in CHAMPS
        if formulaire.cleaned_data.get(champ) != getattr(actuel, champ)
        and (champ != "representant" or actuel.entretien_le is not None)
    ]
